/** Tables, views and procedures as MySQL's sample schema has them: in every format, with and without a key, read back equal. */
import { gunzipSync } from 'node:zlib'
import type { Connection } from 'mysql2/promise'
import { defineExport, type Export, raw, sql } from '../../engine/catalogue.ts'
import type { Format } from '../../statemachine/contract.ts'
import { QueryFailed } from '../../statemachine/errors.ts'
import { asJson, asParquet, readDelimited, readJsonl, readParquet, readXlsx, type Texts } from './formats/readers.ts'
import { run, type TestStore } from './harness.ts'
import { PROCEDURE, RELATIONS, type Relation, SCHEMA } from './sakila.ts'
import { type BothSources, startSources } from './sources/data-api-support.ts'
import { unzstd } from './unzstd.ts'

const FORMATS = ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'] as const satisfies Format[]
/** One that shows texts and one that shows types are written without a key, too: what a key changes, all formats have alike. */
const TELLING: readonly Format[] = ['csv', 'parquet']

let both: BothSources
let connection: Connection
let store: TestStore
let sources: BothSources['sources']

beforeAll(async () => {
  both = await startSources()
  ;({ connection, store, sources } = both)
  for (const statement of SCHEMA) await connection.query(statement)
})
afterAll(() => both.close())

describe.each(['direct', 'Data API'] as const)('by the source %s', (name) => {
  describe.each(RELATIONS)('$name', (relation) => {
    // The formats do not know which source a row came from.
    test.each<Format>(name === 'direct' ? FORMATS : TELLING)('is read back unchanged as %s', async (format) => {
      const texts = await serverTexts(relation)
      expect(texts.length).toBeGreaterThan(0)
      for (const keyed of TELLING.includes(format) && name === 'direct' ? [true, false] : [true]) {
        const definition = exportOf(relation, keyed)
        const { content, manifest } = await run(definition, { source: sources[name], store, request: { format } })
        expect(manifest.file.rows).toBe(texts.length)
        await expectReadBack(content, format, relation, texts)
      }
    })
  })

  test.each([
    ['gzip', gunzipSync],
    ['zstd', unzstd],
  ] as const)('all relations are read back unchanged packed as %s', async (compression, unpack) => {
    for (const relation of RELATIONS) {
      const { content } = await run(exportOf(relation, true), {
        source: sources[name],
        store,
        request: { compression },
      })
      await expectReadBack(unpack(content), 'csv', relation, await serverTexts(relation))
    }
  })

  test('a call of a procedure is refused with a sentence', async () => {
    const definition = defineExport({
      name: 'called',
      title: 'Called',
      query: () => sql`CALL ${raw(PROCEDURE)}(${1}, ${1}, @count)`,
      columns: { inventory_id: 'inventory_id' },
    })
    const failure = await run(definition, { source: sources[name], store }).catch((error) => error)
    expect(failure).toBeInstanceOf(QueryFailed)
    expect(failure.message).toMatch(/calls a procedure.*An export is one SELECT/)
  })
})

test('SELECT * omits an invisible column, and a query that names it has it', async () => {
  const all = defineExport({
    name: 'payments',
    title: 'Payments',
    query: () => sql`SELECT * FROM payment`,
    key: 'payment_id',
    columns: { payment_id: 'payment_id', note: 'note' },
  })
  await expect(run(all, { source: sources.direct, store })).rejects.toThrow(/note/)
})

/** The server's own texts, in the key's order. */
async function serverTexts({ name, columns }: Relation): Promise<Texts> {
  const selected = columns.map((column) => column.name).join(', ')
  const [rows] = await connection.query({
    sql: `SELECT ${selected} FROM ${name} ORDER BY ${columns[0]!.name}`,
    rowsAsArray: true,
    typeCast: (field) => field.buffer(),
  })
  return (rows as (Buffer | null)[][]).map((row) =>
    row.map((value, index) => {
      if (value === null) return null
      const { kind } = columns[index]!
      if (kind === 'bit') return BigInt(`0x${value.toString('hex')}`).toString()
      return value.toString(kind === 'binary' ? 'base64' : 'utf8')
    }),
  )
}

function exportOf({ name, columns }: Relation, keyed: boolean): Export {
  const names = columns.map((column) => column.name)
  const order = keyed ? '' : `ORDER BY ${names[0]}`
  return defineExport({
    name: 'sakila',
    title: 'Sakila',
    query: () => sql`SELECT ${raw(names.join(', '))} FROM ${raw(name)} ${raw(order)}`,
    ...(keyed ? { key: names[0]! } : {}),
    columns: Object.fromEntries(names.map((column) => [column, column])),
    formats: FORMATS,
    compressions: ['none', 'gzip', 'zstd'],
    csv: { neutralizeFormulas: false },
  })
}

async function expectReadBack(content: Buffer, format: Format, { columns }: Relation, texts: Texts): Promise<void> {
  switch (format) {
    case 'csv':
    case 'tsv':
      return expect(readDelimited(content, { delimiter: format === 'csv' ? ',' : '\t' })).toEqual(texts)
    case 'jsonl':
      return expect(readJsonl(content)).toEqual(asJson(texts, columns))
    case 'xlsx':
      return expect(await readXlsx(content, columns, texts)).toEqual(texts)
    case 'parquet':
      return expect(await readParquet(content, columns, 'UTC')).toEqual(asParquet(texts, columns))
  }
}
