/** The functions' facts in the table, on a real one. */
import { Table } from '../../../functions/common/table.ts'
import { OUTAGE_KEY, type Outage, outageUpdate } from '../../../statemachine/outage.ts'
import { enterRequest, waitingRequest } from '../../../statemachine/waiting.ts'
import { openTables } from '../../support/table.ts'

const MINUTE = 60_000
const ARRIVED_AT = '2027-01-01T00:00:00.000Z'

let tables: Awaited<ReturnType<typeof openTables>>
let table: Table
beforeAll(async () => {
  tables = await openTables()
  table = (await tables.make('downloads')).table
})
afterAll(() => tables?.close())

describe('a claim', () => {
  const claim = (id: string, millis = MINUTE) => table.claim(id, 'ready', 'mail', millis)

  test('keeps others from the work until it ends', async () => {
    const before = Date.now()
    expect(await claim('one')).toBe('claimed')
    const { until } = (await claim('one')) as { until: Date }
    expect(until.getTime()).toBeGreaterThanOrEqual(before + MINUTE)
    expect(until.getTime()).toBeLessThanOrEqual(Date.now() + MINUTE)
  })

  test('that was abandoned ends by itself', async () => {
    expect(await claim('abandoned', -1)).toBe('claimed')
    expect(await claim('abandoned')).toBe('claimed')
  })

  test('is free again once it was released', async () => {
    await claim('released')
    await table.release('released', 'ready', 'mail')
    expect(await claim('released')).toBe('claimed')
  })

  test('finds confirmed work done, with what was stored about it', async () => {
    await claim('done')
    await table.confirm('done', 'ready', 'mail', { mailId: 'm-1' })
    expect(await claim('done')).toBe('done')
    expect(await table.notice('done', 'ready')).toMatchObject({ mailDone: expect.any(String), mailId: 'm-1' })
    expect(await table.notice('done', 'failed#0')).toEqual({})
  })
})

describe('an outage', () => {
  const outageNow = async () => (await table.holds()).outage
  const begin = (id: string, now: number) => table.update(outageUpdate(id, 'ECONNREFUSED', now))

  test('is recorded once, and ended once, but not in place of a newer one', async () => {
    expect(await begin('first', Date.parse('2026-11-30T00:00:00Z'))).toBe(true)
    expect(await begin('second', Date.parse('2026-11-30T00:01:00Z'))).toBe(false)
    const first = (await outageNow())!
    expect(first).toMatchObject({ id: 'first', since: '2026-11-30T00:00:00.000Z' })
    expect(await table.endOutage(first)).toBe(true)
    expect(await outageNow()).toBeUndefined()
    expect(await table.endOutage(first)).toBe(false)
    await begin('third', Date.parse('2026-11-30T00:02:00Z'))
    expect(await table.endOutage(first)).toBe(false)
    expect(await outageNow()).toMatchObject({ id: 'third' })
  })
})

test('the first of those that wait is also known as the last one when it is alone', async () => {
  expect(await table.firstWaiting()).toBeUndefined()
  for (const id of ['one', 'two']) await enterRequest(table, waitingRequest(id, '{}', ARRIVED_AT))
  const first = (await table.firstWaiting())!
  expect(first).toMatchObject({ name: 'one', isLast: false })
  await table.removeWaiting(first, 1)
  const second = (await table.firstWaiting())!
  expect(second).toMatchObject({ name: 'two', isLast: true })
  await table.removeWaiting(second, 1)
  expect(await table.firstWaiting()).toBeUndefined()
})

test('a table that cannot be used is an error, which is no answer', async () => {
  const none = new Table('none', (await tables.make('other')).client)
  const outage: Outage = { since: ARRIVED_AT, id: 'orders-1', reason: 'ECONNREFUSED' }
  for (const used of [
    none.claim('one', 'ready', 'mail', MINUTE),
    none.update(outageUpdate('one', 'ECONNREFUSED', Date.now())),
    none.endOutage(outage),
    none.get(OUTAGE_KEY),
  ]) {
    await expect(used).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  }
})

test('what was just written is read', async () => {
  const reads: unknown[] = []
  const send = async ({ input }: { input: { ConsistentRead?: boolean } }) => {
    reads.push(input.ConsistentRead)
    return {}
  }
  const watched = new Table('downloads', { send } as never)
  await watched.get(OUTAGE_KEY)
  await watched.holds()
  await watched.firstWaiting()
  expect(reads).toEqual([true, true, true])
})
