/**
 * Random tables, exported in any format, cut anywhere, with any faults on the way: the same bytes as undisturbed, which
 * programs that are not ours read as what the server has.
 */
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import JSZip from 'jszip'
import { defineCatalogue, defineExport, type Export, raw, sql } from '../../engine/catalogue.ts'
import { exportChunk } from '../../engine/export-chunk.ts'
import { finish } from '../../engine/finish.ts'
import { planRanges } from '../../engine/plan-ranges.ts'
import { prepare } from '../../engine/prepare.ts'
import { floatText } from '../../engine/rows/floats.ts'
import type { Range, Request } from '../../statemachine/contract.ts'
import { DatabaseUnavailable, StorageUnavailable } from '../../statemachine/errors.ts'
import { type FreshDatabase, freshDatabase, SHARE } from '../support/database.ts'
import { disturbedSource, disturbedStore, Faults } from './disturbances.ts'
import { asJson, asParquet, readDelimited, readJsonl, readParquet, readXlsx, type Texts } from './formats/readers.ts'
import { requestFor, run, sourceOf, startStore, type TestStore } from './harness.ts'
import { type RandomTable, randomTable } from './random-tables.ts'
import { unzstd } from './unzstd.ts'

const RUNS = Math.ceil(30 * SHARE)
/** No more faults than these are planned for an export. */
const MOST_TRIES = 40

let database: FreshDatabase
let store: TestStore
beforeAll(async () => {
  database = await freshDatabase()
  store = await startStore()
})
afterAll(async () => {
  store.close()
  await database.drop()
})

type Choice = Required<Pick<Request, 'format' | 'compression' | 'encoding'>>

const textual = fc.record({
  format: fc.constantFrom('csv', 'tsv', 'jsonl'),
  // A compressed file of so few rows is not cut.
  compression: fc.oneof({ weight: 3, arbitrary: fc.constant('none') }, fc.constantFrom('gzip', 'zstd', 'zip')),
  encoding: fc.constantFrom('utf-8', 'utf-8-bom', 'cp932'),
}) as fc.Arbitrary<Choice>
const whole = fc.record({
  format: fc.constantFrom('xlsx', 'parquet'),
  compression: fc.constant('none'),
  encoding: fc.constant('utf-8'),
}) as fc.Arbitrary<Choice>
const choices = fc
  .oneof({ weight: 3, arbitrary: textual }, { weight: 1, arbitrary: whole })
  // JSON is UTF-8 without a mark.
  .map((choice) => (choice.format === 'jsonl' ? { ...choice, encoding: 'utf-8' as const } : choice))

const scenario = choices.chain((choice) =>
  fc.record({
    choice: fc.constant(choice),
    table: randomTable(choice.encoding === 'cp932' ? 'cp932' : 'any'),
    csv: fc.record({
      delimiter: fc.constantFrom(',', ';', '|'),
      lineEnding: fc.constantFrom('\r\n', '\n'),
      alwaysQuote: fc.boolean(),
      neutralizeFormulas: fc.boolean(),
      nullText: fc.constantFrom('', '', 'NULL', '0', '\\N'),
    }),
    timeZone: fc.constantFrom('+00:00', '+09:00'),
    hasRow: fc.boolean(),
    parallelism: fc.constantFrom(1, 1, 3),
    cuts: fc.constantFrom(true, true, true, false),
    batches: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
    faults: fc.array(
      fc.integer({ min: 0, max: 5 }).map((one) => one === 0),
      { maxLength: 40, size: 'max' },
    ),
  }),
)
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never

test('any table is exported completely in any format, however it is cut and disturbed', async () => {
  let met = 0
  let cut = 0
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      await store.discard('')
      const texts = await fill(given)
      const definition = exportOf(given)
      const { choice } = given
      const undisturbed = await run(definition, { source: sourceOf(database), store, request: choice })
      const faults = new Faults(given.faults)
      const { content, chunks } = await runDisturbed(definition, given, faults)
      expect(content.equals(undisturbed.content)).toBe(true)
      await expectReadBack(content, given, texts)
      met += faults.met
      cut += chunks - 1
    }),
    // Shrinking a failing case may take long, so the smallest case so far is reported.
    { numRuns: RUNS, interruptAfterTimeLimit: 240_000, markInterruptAsFailure: true },
  )
  // Otherwise the test would prove nothing. Both numbers are random.
  // A further product has few runs, and they may have none.
  if (SHARE < 1) return
  expect(met).toBeGreaterThan(RUNS / 2)
  expect(cut).toBeGreaterThan(RUNS / 6)
}, 300_000)

/** Makes the table. @returns the server's own texts of the file's columns in the key's order, as an export shows them */
async function fill({ table, timeZone, hasRow }: Scenario): Promise<Texts> {
  const { columns, rows, shown } = table
  const connection = await database.connect()
  try {
    await connection.query(`SET NAMES utf8mb4, time_zone = '+00:00'`)
    await connection.query('DROP TABLE IF EXISTS any_table')
    const declared = columns.map(({ name, type }, index) => `${name} ${type} ${index === 0 ? 'NOT NULL' : 'NULL'}`)
    await connection.query(`CREATE TABLE any_table (${declared.join(', ')}, PRIMARY KEY (k)) CHARSET utf8mb4`)
    if (rows.length > 0) await connection.query('INSERT INTO any_table VALUES ?', [rows])
    await connection.query('SET time_zone = ?', [timeZone])
    const [read] = await connection.query({
      // Of a FLOAT alone a server would write six digits.
      sql: `SELECT ${columns.map(({ name, type }) => (type === 'FLOAT' ? `${name} + 0e0` : name))} FROM any_table ORDER BY k`,
      rowsAsArray: true,
      typeCast: (field) => field.buffer(),
    })
    return (read as (Buffer | null)[][]).map((row) =>
      shown.map((index) => {
        const value = row[index]!
        if (value === null) return null
        const { kind, name, type } = columns[index]!
        if (type === 'FLOAT') return floatText(value.toString())
        if (kind === 'binary') return value.toString('base64')
        if (kind === 'bit') return BigInt(`0x${value.toString('hex')}`).toString()
        return hasRow && name === 't' ? `<${value}>` : value.toString()
      }),
    )
  } finally {
    await connection.end()
  }
}

function exportOf({ table, csv, timeZone, hasRow, parallelism }: Scenario): Export {
  return defineExport({
    name: 'any',
    title: 'Any',
    query: () => sql`SELECT * FROM ${raw('any_table')}`,
    key: 'k',
    columns: Object.fromEntries(shownColumns(table).map(({ name }) => [name, name])),
    formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
    compressions: ['none', 'gzip', 'zstd', 'zip'],
    encodings: ['utf-8', 'utf-8-bom', 'cp932'],
    parallelism,
    csv,
    timeZone,
    ...(hasRow ? { row: (row) => ({ ...row, t: row.t === null ? null : `<${row.t}>` }) } : {}),
  })
}

/** Retries like the state machine: a failed step runs again from the current position of its range. */
async function runDisturbed(definition: Export, { choice, batches, cuts }: Scenario, faults: Faults) {
  const catalogue = defineCatalogue([definition])
  const source = disturbedSource(sourceOf(database), batches, faults)
  const disturbed = disturbedStore(store, faults)
  const { signal } = new AbortController()
  const request = requestFor(definition, choice)
  const planned = await planRanges(prepare(request, { catalogue, now: new Date() }), { catalogue, source, signal })
  const deadline = () => (cuts ? 0 : Number.POSITIVE_INFINITY)
  const isCuttable = !['xlsx', 'parquet'].includes(choice.format) && choice.compression !== 'zip'
  const ranges: Range[] = []
  for (let range of planned.ranges) {
    while (!range.done) {
      const given = { ...planned, range }
      const options = { catalogue, source, store: disturbed, signal }
      range = await patiently(() =>
        exportChunk(given, { ...options, deadline: isCuttable ? deadline() : Number.POSITIVE_INFINITY }),
      )
    }
    ranges.push(range)
  }
  const { file } = await patiently(() => finish({ ...planned, ranges }, { store: disturbed }))
  const left = (await store.keys()).filter((key) => key.includes(`/${request.id}/`))
  expect(left).toEqual([file.key, file.manifestKey].sort())
  expect(await store.openUploads()).toBe(0)
  return {
    content: await store.content(file.key),
    chunks: ranges.reduce((sum, range) => sum + range.chunks, 0),
  }
}

async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      const passes = error instanceof DatabaseUnavailable || error instanceof StorageUnavailable
      if (!passes || tries > MOST_TRIES) throw error
    }
  }
}

async function expectReadBack(content: Buffer, { choice, table, csv, timeZone, hasRow }: Scenario, texts: Texts) {
  const file = decoded(await unpacked(content, choice), choice)
  const columns = hasRow ? shownColumns(table).map(behindRow) : shownColumns(table)
  switch (choice.format) {
    case 'csv':
    case 'tsv': {
      const delimiter = choice.format === 'tsv' ? '\t' : csv.delimiter
      const read = readDelimited(file, { ...csv, delimiter })
      return expect(csv.neutralizeFormulas ? withoutApostrophes(read, texts) : read).toEqual(texts)
    }
    case 'jsonl':
      return expect(readJsonl(file)).toEqual(asJson(texts, columns))
    case 'xlsx':
      return expect(await readXlsx(file, columns, texts)).toEqual(texts)
    case 'parquet':
      return expect(await readParquet(file, columns, timeZone === '+09:00' ? 'Asia/Tokyo' : 'UTC')).toEqual(
        asParquet(texts, columns),
      )
  }
}

function shownColumns({ columns, shown }: RandomTable): RandomTable['columns'] {
  return shown.map((index) => columns[index]!)
}

/** Nothing is left that a spreadsheet would run; what else begins with an apostrophe has its own. */
function withoutApostrophes(read: Texts, texts: Texts): Texts {
  return read.map((row, r) =>
    row.map((field, c) => {
      if (field !== null && /^[=+\-@\t\r]/.test(field)) expect(field).toMatch(/^-[\d.:eE+-]+$|^\+[A-Za-z0-9+/]+=*$/)
      return field === `'${texts[r]?.[c]}` ? texts[r]![c]! : field
    }),
  )
}

/** Bytes are handed on by a row function as base64, and bits as their number, since it may have put any text there. */
function behindRow(column: RandomTable['columns'][number]): RandomTable['columns'][number] {
  const kind = column.kind === 'binary' ? 'text' : column.kind === 'bit' ? 'integer' : column.kind
  return { ...column, kind }
}

async function unpacked(content: Buffer, { compression }: Choice): Promise<Buffer> {
  if (compression === 'gzip') return gunzipSync(content)
  if (compression === 'zstd') return unzstd(content)
  if (compression === 'none') return content
  const entries = Object.values((await JSZip.loadAsync(content)).files)
  expect(entries).toHaveLength(1)
  return entries[0]!.async('nodebuffer')
}

function decoded(file: Buffer, { encoding }: Choice): Buffer {
  return encoding === 'cp932' ? Buffer.from(new TextDecoder('shift_jis').decode(file)) : file
}
