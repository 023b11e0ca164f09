/** An operator in a browser, on the local cloud. */
import { request as httpRequest } from 'node:http'
import { outcomeOf } from '../support/pipeline.ts'
import { at, cloud, enter, follow, main, operator, page } from './desk.ts'

test('an export is requested with a form made of its schema, and its page lists the run', async () => {
  await page.goto(at('exports'))
  await follow(page.getByRole('link', { name: 'customers' }))
  await page.getByLabel('country').fill('jp')
  await page.getByLabel('Requester').fill('taro@example.com')
  await page.getByLabel('Format').selectOption('jsonl')
  await follow(page.getByRole('button', { name: 'Send' }))
  expect(await page.getByRole('alert').innerText()).toContain('must be two capital letters')
  await page.getByLabel('country').fill('JP')
  await follow(page.getByRole('button', { name: 'Send' }))
  const id = page.url().match(/executions\/([\w-]+)/)?.[1] as string
  const { status: outcome, input } = await outcomeOf(cloud, id)
  expect(outcome).toBe('SUCCEEDED')
  expect(JSON.parse(input as string)).toMatchObject({ params: { country: 'JP' }, format: 'jsonl' })
  await page.goto(at('exports/customers'))
  expect(await page.getByRole('link', { name: id }).count()).toBe(1)
})

test('a thousand failures form three causes, and no page reads or shows all of them', async () => {
  await enter(
    Array.from({ length: 1_000 }, (_, index) => ({
      id: `many-${index}`,
      error: ['QueryFailed', 'KeyNotUnique', 'DatabaseUnavailable'][index % 3] as string,
      reason: `Row ${index} is not what it was`,
    })),
  )
  await page.goto(at('failures'))
  const rows = page.getByRole('row').filter({ hasText: 'is not what it was' })
  expect(await rows.count()).toBe(3)
  expect((await rows.allInnerTexts()).map((text) => text.split(' ×')[0])).toEqual(['334', '333', '333'])
  await follow(page.getByRole('link', { name: 'KeyNotUnique' }))
  expect(await page.getByRole('row').count()).toBe(101)
  await page.goto(at('?state=failed'))
  expect(await page.getByRole('row').count()).toBe(51)
  await follow(page.getByRole('link', { name: 'Older downloads' }))
  expect(await page.getByRole('row').count()).toBe(51)
})

test('a form on another site, a foreign Origin and a foreign Host change nothing', async () => {
  const post = (headers: Record<string, string>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const sent = httpRequest(at('pause'), { method: 'POST', headers: { ...form, ...headers } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject).end('why=attack')
    })
  expect(await post({ origin: 'https://evil.example' })).toBe(403)
  expect(await post({ origin: 'http://localhost:1' })).toBe(403)
  expect(await post({ origin: 'null' })).toBe(403)
  expect(await post({})).toBe(403)
  expect(await post({ origin: cloud.endpointUrl, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await post({ origin: 'http://evil.example', host: 'evil.example' })).toBe(403)
  expect(await operator.paused()).toBeNull()
  expect(await post({ origin: cloud.endpointUrl })).toBe(303)
  expect(await operator.paused()).not.toBeNull()
  await operator.resume()
})

test('an unknown id is reported, with a link back', async () => {
  const response = await page.goto(at('executions/nobody'))
  expect(response?.status()).toBe(404)
  expect(await main().innerText()).toContain('There is no execution “nobody”')
})
