/** Requesting the same once more. */
import type { Requested } from '../../../../client/web/contract.ts'
import type { DownloadEntry } from '../../../../statemachine/table.ts'
import { givenDownloads, givenEntry, givenProgress, READY, refusalOf, type Script, USER } from '../scripted.ts'

const REQUEST = { id: 'orders-1', export: 'orders', params: { from: '2026-01-01' }, format: 'xlsx', compression: 'zip' }
const FAILED: Partial<DownloadEntry> = { state: 'failed', error: 'QueryFailed' }

async function answerOf(answer: Promise<Response>): Promise<Requested> {
  const response = await answer
  expect(response.status).toBe(202)
  return (await response.json()) as Requested
}

function givenOver(change: Partial<DownloadEntry> = FAILED, script: Script = {}) {
  return givenDownloads({ entries: [givenEntry(change)], ...script })
}

test.each<[string, Partial<DownloadEntry>]>([
  ['has failed', FAILED],
  ['is ready', READY],
  ['was cancelled', { state: 'cancelled' }],
])('a download that %s is requested with all that its execution has, under a new id', async (_what, change) => {
  const get = () => ({ request: { ...REQUEST, requestedBy: 'Hanako@Example.com', language: 'ja' } })
  const { post, askedFor } = givenOver(change, { client: { get } })
  const { outcome, download } = await answerOf(post('/orders-1/again'))
  expect([outcome, download]).toMatchObject(['requested', { format: 'xlsx', status: 'waiting' }])
  expect(download.id).not.toBe('orders-1')
  expect(askedFor('request')).toEqual([[{ ...REQUEST, id: download.id, requestedBy: USER, language: 'en' }]])
  expect(askedFor('get')).toEqual([['orders-1']])
  // Operators see which download it replaces.
  expect(askedFor('addLineage')).toEqual([['orders-1', download.id]])
})

test.each<[string, Script['client']]>([
  ['has no execution', {}],
  ['has an execution whose request cannot be read', { get: () => ({ request: null }) }],
])('a download that %s is requested with what the table has', async (_what, client) => {
  const entry = { ...FAILED, params: '{"from":"2026-01-01"}', format: 'csv', compression: 'gzip', encoding: 'cp932' }
  const { post, askedFor } = givenOver(entry, { client: client! })
  await answerOf(post('/orders-1/again'))
  const asked = { export: 'orders', params: { from: '2026-01-01' }, format: 'csv', compression: 'gzip' }
  expect(askedFor('request')).toMatchObject([[{ ...asked, encoding: 'cp932', requestedBy: USER }]])
})

test.each<[string, object]>([
  ['params', { params: undefined }],
  ['export', { export: undefined }],
])('a download without an execution whose %s the table does not have is not known any more', async (_what, change) => {
  const { post, askedFor } = givenOver({ ...FAILED, ...change } as Partial<DownloadEntry>)
  expect(await refusalOf(post('/orders-1/again'))).toEqual([
    ...[409, 'NotReady', 'The details of this request are no longer available. Please make a new request.'],
  ])
  expect(askedFor('request')).toEqual([])
})

test('an execution that cannot be read is an error, and nothing is sent', async () => {
  const get = () => {
    throw Object.assign(new Error('Rate exceeded'), { $metadata: {} })
  }
  const { post, askedFor } = givenOver(FAILED, { client: { get } })
  expect((await post('/orders-1/again')).status).toBe(503)
  expect(askedFor('request')).toEqual([])
})

test.each(['waiting', 'running'] as const)('a download that is %s is joined', async (state) => {
  const { post, askedFor } = givenOver({ state })
  expect(await answerOf(post('/orders-1/again'))).toMatchObject({ outcome: 'joined', download: { id: 'orders-1' } })
  expect([...askedFor('get'), ...askedFor('request')]).toEqual([])
})

test('a file that is ready is made again rather than offered', async () => {
  const finished = givenEntry(READY)
  const standing = () => ({ pending: 0, ids: new Set(['orders-1']), same: undefined, finished })
  const { post, askedFor } = givenOver(READY, { table: { standing } })
  expect(await answerOf(post('/orders-1/again'))).toMatchObject({ outcome: 'requested' })
  expect(askedFor('link')).toEqual([])
})

describe('a download that the table still shows as running, although its execution has failed,', () => {
  const stale = givenEntry({ state: 'running', format: 'xlsx' })
  const client = { refresh: () => givenProgress({ status: 'FAILED' }) }

  test('is requested again', async () => {
    const standing = () => ({ pending: 1, ids: new Set(['orders-1']), same: stale, finished: undefined })
    const { post, askedFor } = givenDownloads({ entries: [stale], client, table: { standing } })
    expect(await answerOf(post('/orders-1/again'))).toMatchObject({
      outcome: 'requested',
      download: { format: 'xlsx' },
    })
    expect(askedFor('request')).toHaveLength(1)
  })

  test('joins another that was requested since, and replaces nothing', async () => {
    const same = givenEntry({ id: 'other' })
    const standing = () => ({ pending: 1, ids: new Set(['other']), same, finished: undefined })
    const { post, askedFor } = givenDownloads({ entries: [stale], client, table: { standing } })
    expect(await answerOf(post('/orders-1/again'))).toMatchObject({ outcome: 'joined', download: { id: 'other' } })
    expect([...askedFor('request'), ...askedFor('addLineage')]).toEqual([])
  })
})

test('a request whose lineage cannot be noted has been sent all the same', async () => {
  const addLineage = () => {
    throw new Error('Throttled')
  }
  expect(await answerOf(givenOver(FAILED, { table: { addLineage } }).post('/orders-1/again'))).toMatchObject({
    outcome: 'requested',
  })
})

test('another user’s download is not found', async () => {
  const { post, askedFor } = givenOver({ ...FAILED, requester: 'taro@example.com' })
  expect(await refusalOf(post('/orders-1/again'))).toEqual([404, 'NotFound', 'Download not found.'])
  expect([...askedFor('get'), ...askedFor('request')]).toEqual([])
})
