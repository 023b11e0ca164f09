/** The check of a database by a source in memory; the pipeline's suites ask a real one. */
import { checkDatabase, probeDatabase } from '../../engine/check-database.ts'
import type { Rows, Source } from '../../engine/sources/source.ts'
import { givenBatch, type Row } from './formats/support.ts'

const never = new AbortController().signal
const FACTS: Row = ['8.4.3', 'carryout@%', 'shop', '12', 'SELECT,INSERT']

test('the answer’s row says who logs in, and with which privileges', async () => {
  const { source, closed } = given([FACTS])
  expect(await checkDatabase(source, never)).toEqual({
    version: '8.4.3',
    account: 'carryout@%',
    schema: 'shop',
    tables: 12,
    privileges: ['SELECT', 'INSERT'],
  })
  expect(closed()).toBe(1)
})

test('an account without a schema and privileges has none', async () => {
  const { source } = given([['8.4.3', 'carryout@%', null, '0', null]])
  expect(await checkDatabase(source, never)).toMatchObject({ schema: null, tables: 0, privileges: [] })
})

test('no row is an error, and the rows are closed', async () => {
  const { source, closed } = given([])
  await expect(checkDatabase(source, never)).rejects.toThrow('no row')
  expect(closed()).toBe(1)
})

test('a probe logs in and closes its rows', async () => {
  const { source, closed } = given([['1']])
  await probeDatabase(source, never)
  expect(closed()).toBe(1)
})

/** A source whose batches begin with bytes that belong to no row, like the header of a packet. */
function given(rows: Row[]) {
  let closed = 0
  const { bytes, starts } = givenBatch([['not a row'], ...rows])
  const batch = { ...givenBatch(rows), bytes, starts: starts.slice(1) }
  const opened = {
    async *[Symbol.asyncIterator]() {
      if (rows.length > 0) yield batch
    },
    async close() {
      closed++
    },
  }
  const source: Source = { open: async () => opened as unknown as Rows }
  return { source, closed: () => closed }
}
