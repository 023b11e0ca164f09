/** How much of a text key the server sorts by, without a Data API. */
import { sql } from '../../../../engine/catalogue.ts'
import { selectColumn } from '../../../../engine/sources/data-api/columns.ts'
import type { Transaction } from '../../../../engine/sources/data-api/transaction.ts'
import { sortByWholeKey } from '../../../../engine/sources/data-api/whole-key.ts'
import { KeyNotUnique } from '../../../../statemachine/errors.ts'
import { type Answer, never, number, text } from './fake-api.ts'

const LONG = { typeName: 'LONGTEXT', precision: 2 ** 31 - 1 }

test('a key of limited length is sorted by all that it may have', async () => {
  expect(await statementsOf({ typeName: 'VARCHAR', precision: 100 })).toEqual([expect.stringContaining(', 4800)')])
  expect(await statementsOf({ typeName: 'VARBINARY', precision: 100 })).toEqual([expect.stringContaining(', 100)')])
})

test('a key of any length is measured', async () => {
  for (const field of [number(5000), text('5000')]) {
    const statements = await statementsOf(LONG, { records: [[field]] })
    expect(statements).toEqual([
      expect.stringMatching(/^SELECT MAX\(.* AS longest FROM \(.*SELECT id FROM orders/s),
      expect.stringContaining('max_sort_length, 5000)'),
    ])
  }
})

test('a key without a value needs no more than the usual', async () => {
  for (const records of [[[{ isNull: true }]], [[]], [], undefined]) {
    expect((await statementsOf(LONG, { records }))[1]).toContain('max_sort_length, 0)')
  }
})

test('a key that no server could sort by is refused', async () => {
  await expect(statementsOf(LONG, { records: [[number(2_000_000)]] })).rejects.toThrow(KeyNotUnique)
})

test('no other key needs a setting', async () => {
  expect(await statementsOf({ typeName: 'INT' })).toEqual([])
  expect(await statementsOf(LONG, {}, null)).toEqual([])
  expect(await statementsOf(LONG, {}, 'other')).toEqual([])
})

async function statementsOf(metadata: object, answer: Answer = {}, key: string | null = 'id'): Promise<string[]> {
  const statements: string[] = []
  const transaction = {
    execute: async (statement: { text: string }) => {
      statements.push(statement.text)
      return answer
    },
  }
  const query = { query: sql`SELECT id FROM orders`, key, after: null, upTo: null, timeZone: null }
  const columns = [selectColumn({ label: 'n', typeName: 'INT' }), selectColumn({ label: 'id', ...metadata })]
  await sortByWholeKey(transaction as unknown as Transaction, { query, columns, signal: never })
  return statements
}
