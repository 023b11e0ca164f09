/** Bulk replays on a table of DynamoDB in this process, with a queue that keeps what it is sent. */
import type { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  bulkReplay,
  listBulkReplays,
  previewReplay,
  type ReplayPreview,
  sendBulkReplay,
  stopBulkReplay,
} from '../../client/bulk-replays.ts'
import { groupFailures } from '../../client/failures.ts'
import { DownloadTable } from '../../client/table.ts'
import type { FailedDownload } from '../../client/table-failed.ts'
import { type BulkReplayItem, bulkItemKey, bulkKey } from '../../statemachine/bulk-replay.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { entryUpdate, factUpdate } from '../../statemachine/table-update.ts'
import { ROUND_KEY } from '../../statemachine/waiting.ts'
import { openTables } from '../support/table.ts'

const DEAD_LETTER =
  'The request never became an execution. Send it again from the dead-letter queue: carryout dead-letters.'
const TOO_MANY = 'A bulk replay can have at most 10000 executions. Narrow it, for example by time.'
const at = (second: number) => new Date(1_800_000_000_000 + second * 1000).toISOString()
const failure = (id: string, second: number, change: Partial<DownloadEntry> = {}): DownloadEntry => {
  const times = { requestedAt: at(0), startedAt: at(0), at: at(second) }
  return { id, state: 'failed', redriveCount: 0, error: 'QueryFailed', reason: 'No such table.', ...times, ...change }
}

let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

describe('the preview', () => {
  test('of named executions has those that failed or were stopped, the oldest first, and says why not the others', async () => {
    const table = await givenTable('named', [
      ...[failure('newer', 2), failure('older', 1), failure('stopped', 3, { state: 'cancelled', error: 'Aborted' })],
      { ...failure('cancelled', 4), state: 'cancelled', startedAt: undefined } as unknown as DownloadEntry,
      ...[failure('letter', 5, { error: 'NotStarted' }), failure('running', 6, { state: 'running' })],
    ])
    const executions = ['newer', 'older', 'newer', 'stopped', 'cancelled', 'letter', 'running', 'nobody']
    const { downloads, skipped } = await previewReplay(table, (query) => table.list(query), { executions })
    expect(downloads.map(({ id }) => id)).toEqual(['older', 'newer', 'stopped'])
    expect(skipped).toEqual([
      { id: 'cancelled', reason: 'It is cancelled, not failed.' },
      { id: 'letter', reason: DEAD_LETTER },
      { id: 'running', reason: 'It is running, not failed.' },
      { id: 'nobody', reason: 'The execution does not exist.' },
    ])
  })

  test('of a filter has all pages of failures that match, without those that were sent again', async () => {
    const table = await givenTable('filtered', [
      ...[failure('old', 1), failure('sent-again', 2, { replayedAs: 'x' }), failure('new', 3)],
      ...[failure('letter', 4, { error: 'NotStarted' }), failure('ready', 5, { state: 'ready' })],
    ])
    let reads = 0
    const list = (limit?: number) => (query: object) => {
      if (++reads > 50) throw new Error('It does not end.')
      return table.list({ ...query, ...(limit && { limit }) })
    }
    for (const limit of [undefined, 1]) {
      const { downloads, skipped } = await previewReplay(table, list(limit), { filter: {} })
      expect(downloads.map(({ id }) => id)).toEqual(['old', 'new'])
      expect(skipped).toEqual([{ id: 'letter', reason: DEAD_LETTER }])
    }
  })

  test('of a cause has its failures up to a time, inclusive', async () => {
    const table = await givenTable('cause', [
      ...[failure('first', 1), failure('second', 2), failure('third', 3)],
      failure('other', 1, { reason: 'Timeout' }),
    ])
    const [{ key: group } = { key: '' }] = (await groupFailures(table.failed())).groups
    const idsOf = async (which: { group: string; until?: string }) =>
      (await previewReplay(table, (query) => table.list(query), which)).downloads.map(({ id }) => id)
    expect(await idsOf({ group })).toEqual(['first', 'second', 'third'])
    expect(await idsOf({ group, until: at(2) })).toEqual(['first', 'second'])
    expect(await idsOf({ group: 'unknown' })).toEqual([])
  })

  test('has at most 10,000 executions, however they are selected', async () => {
    const all = (count: number) => Array.from({ length: count }, (_, index) => failure(String(index), 1))
    const preview = (count: number, which: Parameters<typeof previewReplay>[2]) => {
      const table = {
        entry: async (id: string) => failure(id, 1),
        failed: async function* () {
          yield { downloads: all(count) as FailedDownload[], isLast: true }
        },
      }
      const list = async () => ({ downloads: all(count), cursor: null })
      return previewReplay(table as unknown as DownloadTable, list, which)
    }
    const [{ key: group } = { key: '' }] = (
      await groupFailures(
        (async function* () {
          yield { downloads: all(1), isLast: true }
        })(),
      )
    ).groups
    const executions = (count: number) => ({ executions: all(count).map(({ id }) => id) })
    for (const which of [executions, () => ({ filter: {} }), () => ({ group })]) {
      expect((await preview(10_000, which(10_000))).downloads).toHaveLength(10_000)
      await expect(preview(10_001, which(10_001))).rejects.toThrow(TOO_MANY)
    }
  })
})

describe('a bulk replay', () => {
  test('keeps its executions with their places in the order of their turns, and sends a message for each', async () => {
    const table = await givenTable('made')
    await table.update(factUpdate(ROUND_KEY, { round: 5, maxRunning: 1 }, null))
    const queue = givenQueue()
    const preview = {
      downloads: [failure('b', 1, { export: 'orders', redriveCount: 2 }), failure('c', 2), failure('a', 3)],
      skipped: [{ id: 'bb', reason: 'It is running, not failed.' }],
    }
    const made = await send(table, queue, 'made', preview)
    const counts = { count: 4, replayed: 0, skipped: 1, waiting: 3 }
    const none = { stoppedAt: null, stoppedBy: null, group: null, until: null }
    const { at: madeAt } = made
    expect(made).toMatchObject({ name: 'made', by: 'ops', why: 'repaired', state: 'running', ...counts, ...none })
    const place = (round: number, id: string) => `000000000${round}#${madeAt}#replay:made:${id}`
    const waiting = { outcome: 'waiting', outcomeAt: madeAt, redriveCount: 0 }
    const executions = [
      { execution: 'bb', outcome: 'skipped', outcomeAt: madeAt, redriveCount: 0, reason: 'It is running, not failed.' },
      { ...waiting, execution: 'b', redriveCount: 2, place: place(5, 'b'), export: 'orders' },
      ...[
        { ...waiting, execution: 'c', place: place(6, 'c') },
        { ...waiting, execution: 'a', place: place(7, 'a') },
      ],
    ]
    expect((await bulkReplay(table, 'made'))?.executions).toMatchObject(executions)
    expect((await table.line()).map((each) => each.place)).toEqual([place(5, 'b'), place(6, 'c'), place(7, 'a')])
    expect(queue.sent).toEqual([
      [
        { replay: 'b', redriveCount: 2, bulk: 'made' },
        { replay: 'c', redriveCount: 0, bulk: 'made' },
        { replay: 'a', redriveCount: 0, bulk: 'made' },
      ],
    ])
  })

  test('of the first requests of all begins with the first round', async () => {
    const table = await givenTable('first')
    await send(table, givenQueue(), 'first', { downloads: [failure('a', 1)], skipped: [] })
    expect((await table.line())[0]?.place).toMatch(/^0000000000#/)
  })

  test.each([20, 21])('of %i executions sends batches of at most ten messages', async (count) => {
    const table = await givenTable(`batches-${count}`)
    const queue = givenQueue()
    const downloads = Array.from({ length: count }, (_, index) => failure(`f-${index}`, index))
    expect(await send(table, queue, 'batches', { downloads, skipped: [] })).toMatchObject({ count, waiting: count })
    expect(queue.sent.map(({ length }) => length)).toEqual(count === 20 ? [10, 10] : [10, 10, 1])
    expect(new Set(queue.sent.flat().map(({ replay }) => replay)).size).toBe(count)
  })

  test('that the queue did not accept is sending, and continues when the same one is made again', async () => {
    const table = await givenTable('again')
    const preview = { downloads: [failure('a', 1), failure('b', 2)], skipped: [] }
    const of = { group: 'g', until: at(9) }
    await expect(send(table, givenQueue('Throttled'), 'again', preview, of)).rejects.toThrow(
      'The queue did not accept all messages: Throttled. Make the bulk replay again.',
    )
    expect(await bulkReplay(table, 'again')).toMatchObject({ state: 'sending', count: 2, ...of })
    await setOutcome(table, 'again', 'a', 'replayed')
    const taken = /^A bulk replay “again” already exists, made by ops at 20.*\. Choose another name\.$/
    for (const other of [{ ...of, group: 'h' }, { ...of, until: at(8) }, {}])
      await expect(send(table, givenQueue(), 'again', preview, other)).rejects.toThrow(taken)
    const queue = givenQueue()
    expect(await send(table, queue, 'again', { downloads: [], skipped: [] }, of)).toMatchObject({
      ...{ state: 'running', count: 2, replayed: 1, waiting: 1 },
    })
    expect(queue.sent).toEqual([[{ replay: 'b', redriveCount: 0, bulk: 'again' }]])
    await expect(send(table, queue, 'again', preview, of)).rejects.toThrow(taken)
  })

  test('that two callers make at once belongs to one of them, and the other is told who made it', async () => {
    const table = await givenTable('at-once')
    const preview = { downloads: [failure('a', 1)], skipped: [] }
    const callers = ['one', 'other'].map((by) => send(table, givenQueue(), 'at-once', preview, { by }))
    const [made, refused] = (await Promise.allSettled(callers)).sort((one, other) =>
      one.status < other.status ? -1 : 1,
    )
    expect(made?.status).toBe('fulfilled')
    const { by } = (await bulkReplay(table, 'at-once'))!
    expect(String((refused as PromiseRejectedResult).reason)).toContain(`already exists, made by ${by} at `)
  })

  test('is refused if its name is not valid or there is nothing to replay', async () => {
    const table = await givenTable('refused')
    const nothing = { downloads: [], skipped: [{ id: 'a', reason: 'It is running, not failed.' }] }
    await expect(send(table, givenQueue(), 'no name', nothing)).rejects.toThrow(
      'The name of a bulk replay must be 1 to 60 characters of A-Z a-z 0-9 - _.',
    )
    await expect(send(table, givenQueue(), 'refused', nothing)).rejects.toThrow(
      'No failed execution matches, so there is nothing to replay.',
    )
    const letters = { downloads: [], skipped: [...nothing.skipped, { id: 'b', reason: DEAD_LETTER }] }
    await expect(send(table, givenQueue(), 'refused', letters)).rejects.toThrow(DEAD_LETTER)
    expect(await bulkReplay(table, 'refused')).toBeUndefined()
    expect(await bulkReplay(table, 'no name')).toBeUndefined()
  })

  test('that is stopped leaves the rest, without their places, and keeps who stopped it first', async () => {
    const table = await givenTable('stopped')
    const downloads = [failure('a', 1), failure('b', 2)]
    await send(table, givenQueue(), 'stopped', { downloads, skipped: [{ id: 'c', reason: 'It is running.' }] })
    await setOutcome(table, 'stopped', 'a', 'replayed')
    const { stoppedAt } = (await stopBulkReplay(table, 'stopped', 'first'))!
    expect(stoppedAt).not.toBeNull()
    const stopped = { state: 'stopped', stoppedAt, stoppedBy: 'first', replayed: 1, skipped: 1, waiting: 1 }
    expect(await stopBulkReplay(table, 'stopped', 'second')).toMatchObject(stopped)
    expect((await table.line()).map(({ place }) => place.split(':').at(-1))).toEqual(['a'])
    expect(await stopBulkReplay(table, 'unknown', 'first')).toBeUndefined()
  })

  test('is done once each execution had its turn, even if it was stopped then', async () => {
    const table = await givenTable('done')
    await send(table, givenQueue(), 'done', { downloads: [failure('a', 1), failure('b', 2)], skipped: [] })
    await setOutcome(table, 'done', 'a', 'replayed')
    await setOutcome(table, 'done', 'b', 'skipped')
    const done = { state: 'done', count: 2, replayed: 1, skipped: 1, waiting: 0 }
    expect(await bulkReplay(table, 'done')).toMatchObject(done)
    expect(await stopBulkReplay(table, 'done', 'ops')).toMatchObject({ ...done, stoppedBy: 'ops' })
  })

  test('is listed, the newest first, and not read again once it is done', async () => {
    const table = await givenTable('listed')
    for (const [index, name] of ['y', 'z', 'x'].entries()) {
      const fact = { name, by: 'ops', why: '', at: at(index), count: 1, sentAt: at(index) }
      await table.update(factUpdate(bulkKey(name), fact, Date.parse(at(index))))
      const item = { execution: 'a', redriveCount: 0, outcome: name === 'z' ? 'replayed' : 'waiting', outcomeAt: at(0) }
      await table.update(factUpdate(bulkItemKey(name, 'a'), item, Date.parse(at(index))))
    }
    const done = new Map()
    const first = await listBulkReplays(table, 2, done)
    expect(first).toMatchObject([
      { name: 'x', state: 'running', waiting: 1 },
      { name: 'z', state: 'done', replayed: 1 },
    ])
    expect([...done.values()]).toEqual([first[1]])
    await setOutcome(table, 'x', 'a', 'replayed')
    const second = await listBulkReplays(table, 3, done)
    expect(second.map(({ name, state }) => [name, state])).toEqual([
      ['x', 'done'],
      ['z', 'done'],
      ['y', 'running'],
    ])
    expect(second[1]).toBe(first[1])
  })
})

async function givenTable(name: string, entries: DownloadEntry[] = []): Promise<DownloadTable> {
  await tables.make(name)
  const table = new DownloadTable(name, tables.options)
  for (const entry of entries) {
    await table.update(entryUpdate(entry))
    if (entry.replayedAs) await table.addLineage(entry.id, entry.replayedAs)
  }
  return table
}

/** @param refused the message with which the queue refuses the first message of each batch */
function givenQueue(refused?: string) {
  const sent: { replay: string }[][] = []
  const client = {
    async send({ input: { Entries = [] } }: SendMessageBatchCommand) {
      sent.push(Entries.map(({ MessageBody }) => JSON.parse(MessageBody!) as { replay: string }))
      return refused ? { Failed: [{ Id: '0', Message: refused }] } : {}
    },
  }
  return { client: client as unknown as SQSClient, url: 'queue', sent }
}

function send(
  table: DownloadTable,
  queue: ReturnType<typeof givenQueue>,
  name: string,
  preview: ReplayPreview,
  of: { group?: string; until?: string; by?: string } = {},
) {
  return sendBulkReplay(table, queue, { name, by: 'ops', why: 'repaired', ...of }, async () => preview)
}

async function setOutcome(table: DownloadTable, name: string, execution: string, outcome: BulkReplayItem['outcome']) {
  await table.update(factUpdate(bulkItemKey(name, execution), { outcome }, Date.now()))
}
