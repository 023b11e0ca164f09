/** What the client reads from and writes to the table, on a table of DynamoDB in this process. */
import type { AwsOptions } from '../../client/aws.ts'
import { DownloadTable } from '../../client/table.ts'
import { requesterDigest } from '../../statemachine/requester.ts'
import {
  type Action,
  cancelledKey,
  type DownloadEntry,
  type NoticeFacts,
  noticeKey,
  revokedDownloadKey,
  revokedRequesterKey,
} from '../../statemachine/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { doneUpdate, entryUpdate, factUpdate } from '../../statemachine/table-update.ts'
import { enterRequest, ROUND_KEY, waitingRequest } from '../../statemachine/waiting.ts'
import { openTables } from '../support/table.ts'
import { unanswered } from '../support/unanswered.ts'

const at = '2026-11-30T06:00:00.000Z'
let tables: Awaited<ReturnType<typeof openTables>>
let count = 0
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

async function givenTable() {
  const name = `table-${count++}`
  await tables.make(name)
  return new DownloadTable(name, tables.options)
}

async function enter(table: DownloadTable, id: string, change: object = {}) {
  const body = JSON.stringify({ id, export: 'orders', requestedBy: `${id}@example.com`, ...change })
  await enterRequest(table, waitingRequest(id, body, at))
  return body
}

const started = (id: string, change: Partial<DownloadEntry> = {}) =>
  entryUpdate({
    id,
    state: 'running',
    at,
    requestedAt: at,
    startedAt: at,
    redriveCount: 0,
    export: 'orders',
    ...change,
  })
const ready = (id: string, seconds: number) =>
  started(id, { state: 'ready', endedAt: new Date(Date.parse(at) + seconds * 1000).toISOString(), rows: 7, bytes: 70 })

describe('the position and the forecast', () => {
  test('are null for what neither waits nor runs', async () => {
    const table = await givenTable()
    await table.update(ready('ready', 60))
    for (const id of ['ready', 'unknown', 'not an id']) {
      expect([await table.position(id), await table.forecast(id)]).toEqual([null, null])
    }
  })

  test('are those of the waiting order, with one slot unless more are known', async () => {
    const table = await givenTable()
    await table.update(ready('ready', 60))
    for (const id of ['a', 'b', 'c']) await enter(table, id)
    expect([await table.position('a'), await table.position('c')]).toEqual([0, 2])
    const secondsUntil = async (id: string) => {
      const { position, startsAt } = (await table.forecast(id))!
      // To ten seconds, because the test takes some time, too.
      return [position, Math.abs(Math.round((Date.parse(startsAt!) - Date.now()) / 10_000) * 10)]
    }
    expect([await secondsUntil('a'), await secondsUntil('c')]).toEqual([
      [0, 0],
      [2, 120],
    ])
    expect(await table.maxRunning()).toBe(1)
    await table.update(factUpdate(ROUND_KEY, { round: 0, maxRunning: 2 }, null))
    expect(await secondsUntil('c')).toEqual([2, 60])
    expect(await table.maxRunning()).toBe(2)
  })

  test('of a running one has its start and its usual end', async () => {
    const table = await givenTable()
    await table.update(ready('ready', 60))
    const now = new Date().toISOString()
    await table.update(started('runs', { at: now, startedAt: now }))
    expect(await table.position('runs')).toBeNull()
    const readyAt = new Date(Date.parse(now) + 60_000).toISOString()
    expect(await table.forecast('runs')).toEqual({ position: 0, startsAt: now, readyAt })
  })

  test('say what holds a request during a pause or an outage', async () => {
    const table = await givenTable()
    await enter(table, 'a')
    await enter(table, 'b')
    const held = { position: 1, startsAt: null, readyAt: null }
    await table.setPause({ at, by: 'ops', reason: 'a repair' })
    expect(await table.pause()).toMatchObject({ at, by: 'ops', reason: 'a repair' })
    expect(await table.forecast('b')).toEqual({ ...held, held: 'pause' })
    await table.update(factUpdate({ pk: 'fact', sk: 'outage' }, { since: at, id: 'x', reason: 'No.' }, null))
    expect(await table.forecast('b')).toEqual({ ...held, held: 'pause' })
    await table.clearPause()
    expect(await table.pause()).toBeUndefined()
    expect(await table.forecast('b')).toEqual({ ...held, held: 'outage' })
  })

  test('of a request that has no place yet is the first', async () => {
    const table = await givenTable()
    await enter(table, 'a')
    await table.update(entryUpdate(waitingEntry('placeless', '{"export":"orders"}', at)))
    expect(await table.position('placeless')).toBeNull()
    expect(await table.forecast('placeless')).toEqual({ position: 0, startsAt: null, readyAt: null })
  })
})

test('a typical duration is null for an export that never ran', async () => {
  const table = await givenTable()
  await table.update(ready('ready', 60))
  expect(await table.typical('orders')).toEqual({ runs: 1, seconds: 60, rows: 7, bytes: 70 })
  expect(await table.typical('customers')).toBeNull()
})

describe('a waiting entry whose message is gone', () => {
  test('loses its place and is cancelled', async () => {
    const table = await givenTable()
    const body = await enter(table, 'a')
    await enter(table, 'b')
    await table.leaveLine('a', body)
    expect((await table.line()).map(({ place }) => place.split('#').at(-1))).toEqual(['b'])
    expect(await table.entry('a')).toMatchObject({ state: 'cancelled' })
  })

  test('stays if the message was another request’s with the same id', async () => {
    const table = await givenTable()
    await enter(table, 'a')
    await table.leaveLine('a', '{"id":"a","export":"customers"}')
    expect(await table.line()).toHaveLength(1)
    expect(await table.entry('a')).toMatchObject({ state: 'waiting' })
  })

  test('only loses its place if it runs, or is not known', async () => {
    const table = await givenTable()
    const body = await enter(table, 'a')
    await table.update(started('a'))
    await table.leaveLine('a', body)
    expect(await table.line()).toEqual([])
    expect(await table.entry('a')).toMatchObject({ state: 'running' })
    await table.leaveLine('unknown', body)
    expect(await table.entry('unknown')).toBeUndefined()
  })
})

test('actions are listed newest first, also those of the same millisecond', async () => {
  const table = await givenTable()
  const action = (second: number, by: string): Action => ({
    ...{ at: new Date(Date.parse(at) + second * 1000).toISOString(), by, reason: '', action: 'stop' },
  })
  for (const each of [action(1, 'one'), action(1, 'other'), action(2, 'newest')]) await table.addAction('queue', each)
  const all = await table.actions('queue', 10)
  expect(all[0]).toEqual(action(2, 'newest'))
  expect(
    all
      .slice(1)
      .map(({ by }) => by)
      .sort(),
  ).toEqual(['one', 'other'])
  expect(await table.actions('queue', 2)).toEqual(all.slice(0, 2))
})

test('notices are listed by name, in order, without other items of the download', async () => {
  const table = await givenTable()
  await table.update(ready('a', 60))
  for (const notice of ['failed#0', 'failed#1', 'ready'])
    await table.update(doneUpdate('a', notice, 'mail', Date.parse(at), { messageId: notice }))
  const notices = await table.notices('a')
  expect(Object.keys(notices)).toEqual(['failed#0', 'failed#1', 'ready'])
  expect(notices.ready).toMatchObject({ mailDone: at, messageId: 'ready' })
  expect(await table.get<NoticeFacts>(noticeKey('a', 'ready'))).toMatchObject({ mailDone: at })
})

test('a replay is recorded on both downloads', async () => {
  const table = await givenTable()
  await table.update(ready('from', 60))
  await table.addLineage('from', 'as')
  expect(await table.entry('from')).toMatchObject({ state: 'ready', replayedAs: 'as' })
  expect(await table.entry('as')).toMatchObject({ replayedFrom: 'from' })
})

test('a cancelled request is marked for Prepare, and its entry has ended', async () => {
  const table = await givenTable()
  await enter(table, 'a')
  await table.cancel((await table.entry('a'))!, 'ops')
  expect(await table.get(cancelledKey('a'))).toMatchObject({ by: 'ops', at: expect.any(String) })
  expect(await table.entry('a')).toMatchObject({ state: 'cancelled' })
})

test('the links of one download or of one requester are revoked', async () => {
  const table = await givenTable()
  await table.revokeDownload('a')
  await table.revokeRequester('a@example.com')
  for (const key of [revokedDownloadKey('a'), revokedRequesterKey(requesterDigest('a@example.com'))])
    expect(await table.get(key)).toMatchObject({ at: expect.any(String) })
})

test('an update says whether it was newer, and throws any other error', async () => {
  const table = await givenTable()
  expect(await table.update(started('a'))).toBe(true)
  expect(await table.update(started('a'))).toBe(false)
  await expect(new DownloadTable('missing', tables.options).update(started('a'))).rejects.toThrow('resource not found')
})

test('a partition can be read with only some fields; it and single items are read consistently', async () => {
  const inputs: { ConsistentRead?: boolean }[] = []
  const { requestHandler, ...rest } = tables.options
  const recording = {
    handle: (request: Parameters<typeof requestHandler.handle>[0]) => {
      inputs.push(JSON.parse(Buffer.from(request.body).toString()))
      return requestHandler.handle(request)
    },
  }
  await tables.make('consistent')
  const table = new DownloadTable('consistent', { ...rest, requestHandler: recording } as typeof tables.options)
  await table.update(factUpdate({ pk: 'p', sk: '1' }, { name: 'a', other: 7 }, null))
  inputs.length = 0
  expect(await table.partition('p')).toEqual([{ pk: 'p', sk: '1', name: 'a', other: 7 }])
  expect(await table.partition<{ name: string }>('p', ['name'])).toEqual([{ name: 'a' }])
  expect(await table.get({ pk: 'p', sk: '1' })).toMatchObject({ name: 'a' })
  expect(inputs.map(({ ConsistentRead }) => ConsistentRead)).toEqual([true, true, true])
})

test('a table that does not answer is not waited for longer than five seconds', async () => {
  const read = (options: AwsOptions) => new DownloadTable('downloads', options).entry('orders-1')
  expect(await unanswered(read, 5_000)).toBe('TimeoutError')
})
