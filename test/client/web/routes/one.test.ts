/** How far a download is: as JSON, unchanged since, or as events. */
import type { DownloadEntry } from '../../../../statemachine/table.ts'
import { getting, givenDownloads, givenEntry, READY } from '../scripted.ts'

const EVENTS = { accept: 'text/event-stream' }

test('a download is its view, which browsers may not share and which has a tag', async () => {
  const response = await givenDownloads({ entries: [givenEntry(READY)] }).get('/orders-1')
  expect([response.status, await response.json()]).toMatchObject([200, { id: 'orders-1', status: 'ready' }])
  expect(Object.fromEntries(response.headers)).toEqual({
    'cache-control': 'private, no-cache',
    'content-type': 'application/json; charset=utf-8',
    etag: expect.stringMatching(/^"[\w-]{22}"$/),
    vary: 'accept',
    'x-content-type-options': 'nosniff',
  })
})

test('an unchanged view is not sent again, whether the tag came back strong, weak, or among others', async () => {
  const entries = [givenEntry()]
  const { get } = givenDownloads({ entries })
  const etag = (await get('/orders-1')).headers.get('etag')!
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"other",W/${etag} , "more"`]) {
    const response = await get('/orders-1', { 'if-none-match': known })
    expect([response.status, await response.text()]).toEqual([304, ''])
    expect(Object.fromEntries(response.headers)).toMatchObject({ etag, vary: 'accept', 'retry-after': '2' })
  }
  expect((await get('/orders-1', { 'if-none-match': '"other"' })).status).toBe(200)
  entries[0] = givenEntry({ title: 'Orders' })
  const changed = await givenDownloads({ entries }).get('/orders-1', { 'if-none-match': etag })
  expect(changed.status).toBe(200)
  expect(changed.headers.get('etag')).not.toBe(etag)
})

describe('a page asks again', () => {
  const retryAfter = async (change: Partial<DownloadEntry>, table = {}) =>
    (await givenDownloads({ entries: [givenEntry(change)], table }).get('/orders-1')).headers.get('retry-after')
  const line = (length: number) => Array.from({ length }, (_, at) => ({ place: `1#${at + 10}`, export: 'orders' }))

  test('every two seconds while it runs, and not at all when it is over', async () => {
    expect(await retryAfter({ state: 'running' })).toBe('2')
    expect(await retryAfter(READY)).toBeNull()
  })

  test.each([
    [0, '2'],
    [1, '3'],
    [12, '14'],
    [13, '15'],
    [40, '15'],
  ])('with %d before it, after %s seconds', async (before, seconds) => {
    expect(await retryAfter({ place: '2#a' }, { line: () => line(before) })).toBe(seconds)
  })

  test('every half minute while downloads are paused', async () => {
    expect(await retryAfter({}, { pause: () => ({ at: '2026-07-01T00:00:00.000Z' }) })).toBe('30')
  })
})

describe('events', () => {
  const typeOf = async (request: Request, options = {}) => {
    const response = await givenDownloads({ entries: [givenEntry(READY)], ...options }).handler(request)
    await response.body?.cancel()
    return response.headers.get('content-type')
  }
  const [json, events] = ['application/json; charset=utf-8', 'text/event-stream; charset=utf-8']

  test('come to a page that accepts them, and to no other', async () => {
    expect(await typeOf(getting('/orders-1', EVENTS))).toBe(events)
    expect(await typeOf(getting('/orders-1', { accept: 'text/event-stream, */*' }))).toBe(events)
    expect(await typeOf(getting('/orders-1', { accept: 'application/json' }))).toBe(json)
    expect(await typeOf(getting('/orders-1'))).toBe(json)
  })

  test('do not come if the host cannot stream', async () => {
    expect(await typeOf(getting('/orders-1', EVENTS), { stream: false })).toBe(json)
    expect(await typeOf(getting('/orders-1', EVENTS), { stream: true })).toBe(events)
  })

  test('do not come for a HEAD request', async () => {
    const head = new Request('https://shop.example.com/downloads/orders-1', { method: 'HEAD', headers: EVENTS })
    expect(await typeOf(head)).toBe(json)
  })
})
