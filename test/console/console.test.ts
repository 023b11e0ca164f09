/** What an operator does in a browser, on the local cloud: look, replay, edit, pause, stop, deal with dead letters. */
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { accessibilityProblems, openBrowser } from '../support/browser.ts'
import type { TestCloud } from '../support/cloud.ts'
import { givenRequest, order, outcomeOf, send, startShop } from '../support/pipeline.ts'

let cloud: TestCloud
let browser: Browser
let context: BrowserContext
let page: Page
beforeAll(async () => {
  ;[cloud, browser] = await Promise.all([startShop(), openBrowser()])
})
beforeEach(async () => {
  context = await browser.newContext({ locale: 'en-GB' })
  page = await context.newPage()
})
afterEach(() => context.close())
afterAll(async () => {
  await browser?.close()
  await cloud?.close()
})

const at = (path: string) => `${cloud.endpointUrl}/_carryout/${path}`

describe('a database that lacks a table', () => {
  beforeAll(async () => {
    await sql('RENAME TABLE customers TO gone')
    await Promise.all(['lost-1', 'lost-2', 'lost-3'].map((id) => order(cloud, givenRequest({ id }))))
    await order(cloud, givenRequest({ id: 'misspelt', export: 'ordres' }))
    await waitForFailures(4)
    await sql('RENAME TABLE gone TO customers')
  })

  test('the address of the boot opens the list of downloads', async () => {
    await page.goto(cloud.endpointUrl)
    expect(page.url()).toBe(at(''))
    expect(await page.getByRole('row').filter({ hasText: 'lost-1' }).innerText()).toContain('QueryFailed')
  })

  test('failures are grouped by their cause, and the group lists them', async () => {
    await page.goto(at('failures'))
    const row = page.getByRole('row').filter({ hasText: 'QueryFailed' })
    expect(await row.innerText()).toMatch(/^3 ×/)
    await row.getByRole('link', { name: 'QueryFailed' }).click()
    expect(await page.getByRole('link', { name: /^lost-\d$/ }).count()).toBe(3)
    expect(await page.getByRole('link', { name: 'misspelt' }).count()).toBe(0)
  })

  test('one execution shows where it failed, why, and what to do', async () => {
    await page.goto(at('executions/lost-1'))
    const drawn = (state: string) => page.locator(`.graph [data-state="${state}"]`).getAttribute('class')
    expect(await drawn('ExportChunk')).toContain('failed')
    expect(await drawn('Prepare')).toContain('succeeded')
    expect(await drawn('Finish')).toContain('none')
    const note = await page.locator('.note.bad').innerText()
    expect(note).toContain('ExportChunk: QueryFailed')
    expect(note).toContain('What to do')
  })

  test('a replay goes on from the failed step, also without JavaScript', async () => {
    const bare = await browser.newContext({ locale: 'en-GB', javaScriptEnabled: false })
    const plain = await bare.newPage()
    await plain.goto(at('executions/lost-1'))
    await plain.getByRole('link', { name: 'Replay', exact: true }).click()
    expect(await plain.locator('main').innerText()).toContain('goes on at ExportChunk')
    await plain.getByRole('button', { name: 'Replay now' }).click()
    expect(await plain.locator('[role=status]').innerText()).toBe('The replay has begun.')
    await bare.close()
    expect((await outcomeOf(cloud, 'lost-1', 1)).status).toBe('SUCCEEDED')
  })

  test('edited parameters are sent under a new id, and what is not JSON is refused where it stands', async () => {
    await page.goto(at('executions/lost-2/edit'))
    await page.getByLabel('Parameters').fill('{"from":')
    await page.getByRole('button', { name: 'Send' }).click()
    expect(await page.getByRole('alert').innerText()).toContain('Parameters')
    await page.getByLabel('Parameters').fill('{"from":"2026-02-01","to":"2026-03-01"}')
    await page.getByRole('button', { name: 'Send' }).click()
    const id = page.url().match(/executions\/([\w-]+)/)?.[1] as string
    expect(id).not.toBe('lost-2')
    const { status, input } = await outcomeOf(cloud, id)
    expect(status).toBe('SUCCEEDED')
    expect(JSON.parse(input as string).params).toEqual({ from: '2026-02-01', to: '2026-03-01' })
  })
})

test('a paused queue starts nothing, says so on every page, and goes on when it is resumed', async () => {
  await page.goto(at('queue'))
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('link', { name: 'Downloads' }).click()
  expect(await page.locator('.banner').innerText()).toContain('Paused by operator')
  await send(cloud, givenRequest({ id: 'patient' }))
  await page.goto(at('queue'))
  await page.getByRole('button', { name: 'Resume' }).click()
  expect(await page.locator('.banner').count()).toBe(0)
  expect((await outcomeOf(cloud, 'patient')).status).toBe('SUCCEEDED')
})

test('a running execution is stopped', async () => {
  await sql('LOCK TABLES orders WRITE', async () => {
    await send(cloud, givenRequest({ id: 'endless' }))
    await page.goto(at('executions/endless'))
    for (; (await page.getByRole('link', { name: 'Stop' }).count()) === 0; await page.waitForTimeout(100)) {
      await page.goto(at('executions/endless'))
    }
    await page.getByRole('link', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stop' }).click()
    expect((await outcomeOf(cloud, 'endless')).status).toBe('ABORTED')
  })
})

test('dead letters are looked at without being taken; one is mended and sent, one is dropped', async () => {
  const QueueUrl = cloud.outputs.CarryoutDeadLetterQueueUrl
  const bury = (id: string) =>
    cloud.clients.sqs.send(
      new SendMessageCommand({
        QueueUrl,
        MessageGroupId: 'database',
        MessageBody: JSON.stringify(givenRequest({ id })),
      }),
    )
  await bury('dead-1')
  await bury('dead-2')
  await page.goto(at('queue'))
  await page.goto(at('queue'))
  const letter = (id: string) => page.locator('details').filter({ hasText: id })
  await letter('dead-1').locator('summary').click()
  await letter('dead-1').getByRole('button', { name: 'Send again' }).click()
  expect((await outcomeOf(cloud, 'dead-1')).status).toBe('SUCCEEDED')
  await letter('dead-2').locator('summary').click()
  await letter('dead-2').getByLabel('Why').fill('a test')
  await letter('dead-2').getByRole('button', { name: 'Drop' }).click()
  expect(await page.locator('main').innerText()).toContain('No dead letters.')
})

test('every page is free of accessibility violations, in both languages', async () => {
  for (const language of ['en', 'ja']) {
    for (const path of [
      '',
      'failures',
      'queue',
      'executions/lost-1',
      'executions/lost-3/edit',
      'executions/lost-3/logs',
    ]) {
      await page.goto(at(`${path}?lang=${language}`))
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      expect([path, await accessibilityProblems(page)]).toEqual([path, []])
    }
  }
})

test('a form of another site, a foreign Origin and a foreign Host change nothing', async () => {
  const post = (headers: Record<string, string>) =>
    fetch(at('pause'), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: 'why=attack',
    })
  expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
  expect((await post({ origin: 'http://localhost:1' })).status).toBe(403)
  expect((await post({})).status).toBe(403)
  await page.goto(at(''))
  expect(await page.locator('.banner').count()).toBe(0)
})

test('an id that nobody knows is said, and offers the way back', async () => {
  const response = await page.goto(at('executions/nobody'))
  expect(response?.status()).toBe(404)
  expect(await page.locator('main').innerText()).toContain('There is no execution “nobody”')
})

async function sql(statement: string, meanwhile?: () => Promise<void>) {
  const connection = await cloud.schema!.connect()
  try {
    await connection.query(statement)
    await meanwhile?.()
  } finally {
    await connection.end()
  }
}

async function waitForFailures(count: number) {
  const { createOperator } = await import('../../client/operator.ts')
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const operator = createOperator(
    { stackName: 'Carryout' },
    { endpoint: cloud.endpointUrl, region: cloud.region, credentials },
  )
  while ((await operator.failures()).count < count) await new Promise((resolve) => setTimeout(resolve, 50))
}
