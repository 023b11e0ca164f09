/** Both sources over one schema: the direct one, and the Data API's, which reads through the local Data API. */
import type { Connection } from 'mysql2/promise'
import { defineExport, type Export, type ExportDefinition, sql } from '../../../engine/catalogue.ts'
import { type Batch, locateFields } from '../../../engine/rows/batch.ts'
import { type DataApiOptions, dataApiSource } from '../../../engine/sources/data-api.ts'
import type { RangeQuery, Rows, Source } from '../../../engine/sources/source.ts'
import { fillShop } from '../../../laptop/shop/fill.ts'
import type { RdsDataOptions } from '../../../local/src/rds-data/rds-data.ts'
import { RESOURCE_ARN, SECRET_ARN, startDataApi, type TestDataApi } from '../../../local/test/rds-data/support.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { sourceOf, startStore, type TestStore } from '../harness.ts'

export const ORDERS = 3000
export const signal = new AbortController().signal
export const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

export interface BothSources {
  database: FreshDatabase
  /** As the administrator; a TIMESTAMP is in UTC. */
  connection: Connection
  store: TestStore
  api: TestDataApi
  sources: Record<'direct' | 'Data API', Source>
  close(): Promise<void>
}

/** An empty schema, and both sources over it. */
export async function startSources(): Promise<BothSources> {
  const database = await freshDatabase()
  const connection = await database.connect()
  await connection.query("SET NAMES utf8mb4, time_zone = '+00:00'")
  const store = await startStore()
  const api = await startDataApi(database)
  return {
    database,
    connection,
    store,
    api,
    sources: { direct: sourceOf(database), 'Data API': dataApiOf(api) },
    async close() {
      await api.close()
      store.close()
      await connection.end()
      await database.drop()
    },
  }
}

export function dataApiOf({ client, database }: TestDataApi, options: Partial<DataApiOptions> = {}): Source {
  return dataApiSource({ client, resourceArn: RESOURCE_ARN, secretArn: SECRET_ARN, database, ...options })
}

/** Over a schema with the sample shop. */
export interface Bench {
  database: FreshDatabase
  connection: Connection
  store: TestStore
  /** Of the last source. */
  api: TestDataApi
  /** A source, over a Data API of its own. */
  source(options?: Partial<RdsDataOptions>, sourceOptions?: Partial<DataApiOptions>): Promise<Source>
  /** The pages that were asked for: how many rows each might have. */
  limits(): number[]
  /** Ends the last source's Data API. */
  endSource(): Promise<void>
  close(): Promise<void>
}

export async function startBench(): Promise<Bench> {
  const database = await freshDatabase()
  const connection = await database.connect()
  const store = await startStore()
  await fillShop(database.connection, { orders: ORDERS })
  let api: TestDataApi | undefined
  const bench: Bench = {
    database,
    connection,
    store,
    get api() {
      return api as TestDataApi
    },
    async source(options = {}, sourceOptions = {}) {
      await bench.endSource()
      api = await startDataApi(database, options)
      return dataApiOf(api, { patience: { firstMillis: 5, mostMillis: 20, totalMillis: 2000 }, ...sourceOptions })
    },
    limits: () =>
      bench.api.calls.flatMap(({ sql: text }) => {
        const limit = Number(/ORDER BY [^)]* LIMIT (\d+)$/.exec(text ?? '')?.[1])
        return limit > 0 ? [limit] : []
      }),
    async endSource() {
      await api?.close()
      api = undefined
    },
    async close() {
      await bench.endSource()
      store.close()
      await connection.end()
      await database.drop()
    },
  }
  return bench
}

export function rangeQuery(text: string, more: Partial<RangeQuery> = {}): RangeQuery {
  return { query: sql([text] as never), key: 'id', after: null, upTo: null, timeZone: null, ...more }
}

export function givenExport(text: string, names: readonly string[], more: Partial<ExportDefinition> = {}): Export {
  return defineExport({
    name: 'things',
    title: 'Things',
    query: () => sql([text] as never),
    columns: Object.fromEntries(names.map((name) => [name, name])),
    formats: ['csv', 'jsonl', 'parquet'],
    ...more,
  })
}

/** The fields' texts, row by row. */
export async function readAll(rows: Rows): Promise<(string | null)[][]> {
  const read: (string | null)[][] = []
  const count = rows.columns.length
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  const rowOf = ({ bytes, starts: begins }: Batch, row: number) => {
    locateFields(bytes, begins[row]!, count, starts, ends)
    return Array.from(starts, (start, index) => (start === -1 ? null : bytes.toString('utf8', start, ends[index]!)))
  }
  for await (const batch of rows) for (let row = 0; row < batch.rows; row++) read.push(rowOf(batch, row))
  return read
}
