import { json, notModified, seeOther } from '../../../client/web/respond.ts'

const PRIVATE = { 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' }

async function partsOf(response: Response) {
  return [response.status, Object.fromEntries(response.headers), await response.text()]
}

test('a JSON response is private, has its type, and the headers that are given', async () => {
  const type = { 'content-type': 'application/json; charset=utf-8' }
  expect(await partsOf(json({ a: '受注' }))).toEqual([200, { ...PRIVATE, ...type }, '{"a":"受注"}'])
  const given = json(null, { status: 202, headers: { 'retry-after': '2', 'cache-control': 'no-store' } })
  expect(await partsOf(given)).toEqual([
    ...[202, { ...PRIVATE, ...type, 'retry-after': '2', 'cache-control': 'no-store' }, 'null'],
  ])
})

test('a redirect is not kept, and does not tell the page’s address', async () => {
  const headers = {
    location: 'https://files.example.com/a',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  }
  expect(await partsOf(seeOther('https://files.example.com/a'))).toEqual([303, headers, ''])
})

test('an unchanged response has its tag and the headers that are given, without a body', async () => {
  const headers = { ...PRIVATE, etag: '"a"', vary: 'accept' }
  expect(await partsOf(notModified('"a"', { vary: 'accept' }))).toEqual([304, headers, ''])
})
