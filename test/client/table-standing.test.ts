import { DownloadTable } from '../../client/table.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate } from '../../statemachine/table-update.ts'
import { openTables } from '../support/table.ts'

const DAY_MILLIS = 86_400_000
const USER = 'hanako@example.com'

let tables: Awaited<ReturnType<typeof openTables>>
let table: DownloadTable
let count = 0
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())
beforeEach(async () => {
  const name = `standing-${count++}`
  await tables.make(name)
  table = new DownloadTable(name, tables.options)
})

const entryOf = (exportName: string, ago: number, id = exportName, requestedBy = USER) => {
  const at = new Date(Date.now() - ago).toISOString()
  return { ...waitingEntry(id, JSON.stringify({ export: exportName, requestedBy }), at), startedAt: at }
}
const LIKENESS = entryOf('orders', 0).likeness!

async function enter(entry: DownloadEntry, state: DownloadEntry['state']) {
  await table.update(entryUpdate({ ...entry, state }))
}

test('somebody without requests has none that are pending or alike', async () => {
  await enter(entryOf('orders', 1_000, 'another', 'taro@example.com'), 'waiting')
  expect(await table.standing(USER, LIKENESS)).toEqual({
    ...{ pending: 0, ids: new Set(), same: undefined, finished: undefined },
  })
})

test('requests that wait or run are pending, and the newest of those that are alike is the same', async () => {
  await enter(entryOf('orders', 3_000, 'oldest'), 'running')
  await enter(entryOf('orders', 2_000, 'newest'), 'waiting')
  await enter(entryOf('customers', 1_000), 'waiting')
  await enter(entryOf('orders', 500, 'failed'), 'failed')
  const { pending, ids, same, finished } = await table.standing('HANAKO@example.com', LIKENESS)
  expect([pending, same?.id, finished]).toEqual([3, 'newest', undefined])
  expect(ids).toEqual(new Set(['customers', 'newest', 'oldest']))
})

test('the newest file that is alike is the finished one, and does not count as pending', async () => {
  await enter(entryOf('orders', 3_000, 'oldest'), 'ready')
  await enter(entryOf('orders', 2_000, 'newest'), 'ready')
  await enter(entryOf('customers', 1_000), 'ready')
  const { pending, ids, same, finished } = await table.standing(USER, LIKENESS)
  expect([pending, same, finished?.id]).toEqual([0, undefined, 'newest'])
  expect(ids).toEqual(new Set(['newest', 'oldest']))
})

test('a request counts for as long as its execution may last, and not for ever', async () => {
  // An execution lasts up to 25 days.
  await enter(entryOf('orders', 29 * DAY_MILLIS, 'long'), 'running')
  await enter(entryOf('orders', 60 * DAY_MILLIS, 'forgotten'), 'running')
  expect(await table.standing(USER, LIKENESS)).toMatchObject({ pending: 1, same: { id: 'long' } })
})
