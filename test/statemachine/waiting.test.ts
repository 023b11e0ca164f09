/** How requests get their places, on a table of DynamoDB in this process. */
import { DownloadTable } from '../../client/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { entryUpdate, factUpdate } from '../../statemachine/table-update.ts'
import {
  enterRequest,
  placeKey,
  ROUND_KEY,
  roundAfter,
  takeRounds,
  waitingRequest,
} from '../../statemachine/waiting.ts'
import { openTables } from '../support/table.ts'

const at = '2026-11-30T06:00:00.000Z'
let tables: Awaited<ReturnType<typeof openTables>>
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())

test('each request has a place of its own: its round, when it came, and its name', async () => {
  const table = await givenTable('places')
  for (const [id, requestedBy] of [
    ['a-1', 'a@example.com'],
    ['a-2', 'a@example.com'],
    ['b-1', 'b@example.com'],
    ['a-3', 'A@example.com'],
  ] as const) {
    expect(await enter(table, { id, requestedBy, export: 'orders' })).toBeUndefined()
  }
  const line = await table.line()
  expect(line.map(({ place }) => place)).toEqual([
    ...[`0000000000#${at}#a-1`, `0000000000#${at}#b-1`],
    ...[`0000000001#${at}#a-2`, `0000000002#${at}#a-3`],
  ])
  expect(await table.get(placeKey(line[1]!.place))).toMatchObject({
    name: 'b-1',
    turnOf: 'b@example.com',
    arrivedAt: at,
    export: 'orders',
  })
  expect(await table.entry('a-3')).toMatchObject({ state: 'waiting', place: line[3]!.place, export: 'orders' })
})

test('requests without a requester or an export take turns with the others', async () => {
  const table = await givenTable('nobody')
  for (const id of ['one', 'two']) await enter(table, { id })
  expect((await table.line()).map(({ place }) => place)).toEqual([`0000000000#${at}#one`, `0000000001#${at}#two`])
  expect(await table.get(placeKey(`0000000000#${at}#one`))).not.toHaveProperty('export')
})

test('a newcomer’s first round is the one that is being served, and a requester who paused has no earlier one', async () => {
  const table = await givenTable('served')
  await enter(table, { id: 'early', requestedBy: 'a@example.com' })
  await table.update(factUpdate(ROUND_KEY, { round: 7, maxRunning: 1 }, null))
  await enter(table, { id: 'new', requestedBy: 'b@example.com' })
  await enter(table, { id: 'late', requestedBy: 'a@example.com' })
  const places = (await table.line()).map(({ place }) => place)
  expect(places).toEqual([`0000000000#${at}#early`, `0000000007#${at}#late`, `0000000007#${at}#new`])
})

test('a request that has its place, or no longer waits, gets no other', async () => {
  const table = await givenTable('known')
  await enter(table, { id: 'placed' })
  expect(await enter(table, { id: 'placed' })).toMatchObject({ id: 'placed', place: `0000000000#${at}#placed` })
  await table.update(entryUpdate({ ...waitingEntry('running', '{}', at), state: 'running', startedAt: at }))
  expect(await enter(table, { id: 'running' })).toMatchObject({ id: 'running', state: 'running' })
  expect(await table.line()).toHaveLength(1)
})

test('a request that waits without a place gets one', async () => {
  const table = await givenTable('without')
  await table.update(entryUpdate(waitingEntry('lost', '{}', at)))
  expect(await enter(table, { id: 'lost' })).toBeUndefined()
  expect(await table.entry('lost')).toMatchObject({ state: 'waiting', place: `0000000000#${at}#lost` })
  expect(await table.line()).toHaveLength(1)
})

test('several rounds can be taken at once, and the first of them is returned', async () => {
  const table = await givenTable('several')
  expect(await takeRounds(table, 'replay:x', 4, 3)).toBe(4)
  expect(await takeRounds(table, 'replay:x', 4, 2)).toBe(7)
  expect(await takeRounds(table, 'replay:x', 4)).toBe(9)
})

test('the round of a place is served until nothing else waits', () => {
  expect(roundAfter(`0000000017#${at}#a`, false)).toBe(17)
  expect(roundAfter(`0000000017#${at}#a`, true)).toBe(18)
})

async function givenTable(name: string): Promise<DownloadTable> {
  await tables.make(name)
  return new DownloadTable(name, tables.options)
}

function enter(table: DownloadTable, request: { id: string; requestedBy?: string; export?: string }) {
  return enterRequest(table, waitingRequest(request.id, JSON.stringify(request), at))
}
