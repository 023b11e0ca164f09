/** Which pages may act. */
import { givenDownloads, posting, refusalOf } from './scripted.ts'

const ADDRESS = 'https://shop.example.com/downloads/orders-1/cancel'
const OTHER_ORIGIN = 'This request came from another site and was refused. Please reload the page and try again.'
const SAME = { 'sec-fetch-site': 'same-origin' }
const JSON_TYPE = { 'content-type': 'application/json' }

/** A request of a page, which is answered with 404 if it is accepted, because there is no such download. */
async function statusOf(headers: Record<string, string>, origins?: string[]): Promise<number> {
  const { handler, askedFor } = givenDownloads(origins && { origins })
  const response = await handler(new Request(ADDRESS, { method: 'POST', headers: { ...JSON_TYPE, ...headers } }))
  expect(askedFor('entry')).toHaveLength(response.status === 404 ? 1 : 0)
  return response.status
}

test.each<[string, Record<string, string>, number]>([
  ['a page of the app', SAME, 404],
  ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
  ['a page of a sibling site', { 'sec-fetch-site': 'same-site', origin: 'https://shop.example.com' }, 403],
  ['an old browser on a page of the app', { origin: 'https://shop.example.com', host: 'shop.example.com' }, 404],
  ['an old browser on a page of the app, without a host', { origin: 'https://shop.example.com' }, 404],
  ['an old browser on another page', { origin: 'https://evil.example', host: 'shop.example.com' }, 403],
  ['an old browser on another page, without a host', { origin: 'https://evil.example' }, 403],
  ['an old browser on another port', { origin: 'https://shop.example.com:8443', host: 'shop.example.com' }, 403],
  ['a page without an origin', { origin: 'null', host: 'shop.example.com' }, 403],
  ['a client that does not name its origin', {}, 403],
  ['a client that names only its host', { host: 'shop.example.com' }, 403],
])('an action by %s, whose headers are %j, is answered with %d', async (_who, headers, status) => {
  expect(await statusOf(headers)).toBe(status)
})

test.each<[string, number]>([
  ['application/json', 404],
  ['Application/JSON; charset=utf-8', 404],
  ['application/json ;charset=utf-8', 404],
  ['application/x-www-form-urlencoded', 415],
  ['text/plain; application/json', 415],
  ['', 415],
])('an action with the type “%s” is answered with %d', async (type, status) => {
  expect(await statusOf({ ...SAME, 'content-type': type })).toBe(status)
})

test('behind a proxy that changes the host, the configured origins are accepted, and no other', async () => {
  const origins = ['https://shop.example.com', 'https://www.shop.example.com']
  const host = '10.0.0.7:8080'
  for (const origin of origins) expect(await statusOf({ host, origin }, origins)).toBe(404)
  for (const some of [origins, origins.slice(0, 1)])
    expect(await statusOf({ host, origin: 'http://10.0.0.7:8080' }, some)).toBe(403)
  expect(await statusOf({ host, origin: 'http://10.0.0.7:8080' }, [])).toBe(404)
})

test('both refusals say why', async () => {
  const { post, handler } = givenDownloads()
  const elsewhere = post('/orders-1/again', {}, { 'sec-fetch-site': 'cross-site' })
  expect(await refusalOf(elsewhere)).toEqual([403, 'OtherOrigin', OTHER_ORIGIN])
  const form = handler(posting('', 'export=orders', { 'content-type': 'text/plain' }))
  expect(await refusalOf(form)).toEqual([415, 'InvalidRequest', 'The request must be sent as JSON.'])
})

test('everybody who is signed in may read, also from another site', async () => {
  const { get } = givenDownloads()
  expect((await get('', { 'sec-fetch-site': 'cross-site' })).status).toBe(200)
})
