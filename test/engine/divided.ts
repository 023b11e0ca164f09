/** Exports that are divided into ranges, of a table of 40,000 numbers. */
import { defineCatalogue, defineExport, type Export, type ExportDefinition, sql } from '../../engine/catalogue.ts'
import { planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import type { Source } from '../../engine/sources/source.ts'
import type { Prepared } from '../../statemachine/contract.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { requestFor, sourceOf, startStore, type TestStore } from './harness.ts'

export const RANGES = 4

export let database: FreshDatabase
export let store: TestStore
export let source: Source
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
  source = sourceOf(database)
  await execute(
    `CREATE TABLE numbers (id INT NOT NULL PRIMARY KEY)`,
    `INSERT INTO numbers WITH RECURSIVE some AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM some WHERE n < 199)
     SELECT 200 * a.n + b.n + 1 FROM some a CROSS JOIN some b`,
    'ANALYZE TABLE numbers',
  )
})
afterAll(async () => {
  store.close()
  await database.drop()
})

export function given(query: string, more: Partial<ExportDefinition> = {}): Export {
  return defineExport({
    name: 'given',
    title: 'Given',
    query: () => sql([query] as never),
    key: 'id',
    columns: { id: 'id' },
    ...more,
  })
}

export async function planned(
  definition: Export,
  request: Parameters<typeof requestFor>[1] = {},
  options: Partial<Parameters<typeof planRanges>[1]> = {},
): Promise<Prepared> {
  const catalogue = defineCatalogue([definition])
  const prepared = prepare(requestFor(definition, request), { catalogue, now: new Date() })
  return planRanges(prepared, { catalogue, source, signal: new AbortController().signal, ...options })
}

export async function execute(...statements: string[]): Promise<void> {
  const connection = await database.connect()
  for (const statement of statements) await connection.query(statement)
  await connection.end()
}
