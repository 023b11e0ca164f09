import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection, RowDataPacket } from 'mysql2/promise'
import { type Batch, locateFields } from '../../../engine/batch.ts'
import { defineExport, type ExportDefinition, sql } from '../../../engine/catalogue.ts'
import {
  DatabaseUnavailable,
  ExportTooLong,
  KeyNotUnique,
  QueryFailed,
  StorageUnavailable,
} from '../../../engine/errors.ts'
import type { RangeQuery, Rows, Source } from '../../../engine/source.ts'
import { type DataApiOptions, dataApiSource } from '../../../engine/sources/data-api.ts'
import { RdsDataError } from '../../../local/rds-data/errors.ts'
import type { RdsDataOptions } from '../../../local/rds-data/rds-data.ts'
import { fillShop } from '../../../local/shop/fill.ts'
import { RESOURCE_ARN, SECRET_ARN, startDataApi, type TestDataApi } from '../../local/rds-data/support.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { run, sourceOf, startStore, type TestStore } from '../harness.ts'

const ORDERS = 3000

let database: FreshDatabase
let connection: Connection
let store: TestStore
let api: TestDataApi
beforeAll(async () => {
  database = await freshDatabase()
  connection = await database.connect()
  store = await startStore()
  await fillShop(database.connection, { orders: ORDERS })
})
afterEach(() => api?.close())
afterAll(async () => {
  store.close()
  await connection.end()
  await database.drop()
})

describe('the bytes', () => {
  const cases: [string, string, string | null][] = [
    ['every type of column', 'SELECT * FROM everything', 'id'],
    [
      'expressions',
      `SELECT id, a_float * 2 AS f, a_double / 3 AS d, a_decimal / 7 AS q, an_unsigned_bigint + 0 AS u,
        COALESCE(a_bit, b'0') AS b, NOT a_boolean AS n, CONCAT(a_varchar, '漢字') AS c, a_fine_datetime + INTERVAL 1 DAY AS t,
        UPPER(an_enum) AS e, a_date < '2020-01-01' AS l, NULL AS nothing, ST_GeomFromText('POINT(1 2)') AS point
        FROM everything`,
      'id',
    ],
    ['a query in an order of its own', 'SELECT * FROM everything ORDER BY a_year DESC, id', null],
    ['a query with a limit of its own', 'SELECT id, a_float FROM everything ORDER BY id DESC LIMIT 5 -- so', null],
    ['a union', 'SELECT id FROM everything WHERE id < 3 UNION ALL SELECT 99', null],
    ['a query of no rows', 'SELECT * FROM everything WHERE id < 0', 'id'],
  ]
  for (const [what, text, key] of cases) {
    it(`of ${what} are those of the direct source`, async () => {
      const source = await givenSource({ limits: { rowBytes: 1e6 } })
      const direct = await columnsOf(sourceOf(database), text, key)
      const columns = await columnsOf(source, text, key)
      expect(
        columns.map(({ name, kind, enumerated, precision, scale }) => ({ name, kind, enumerated, precision, scale })),
      ).toEqual(
        direct.map(({ name, kind, enumerated, precision, scale }) => ({ name, kind, enumerated, precision, scale })),
      )
      const names = direct.map(({ name }) => name)
      for (const format of ['csv', 'jsonl'] as const) {
        const definition = givenExport(text, names, key === null ? {} : { key })
        const expected = await run(definition, { source: sourceOf(database), store, request: { format } })
        const { content, manifest } = await run(definition, { source, store, request: { format } })
        expect(content.toString()).toBe(expected.content.toString())
        expect(manifest.columns).toEqual(expected.manifest.columns)
        expect(manifest.file.consistency).toBe('snapshot')
      }
    })
  }

  it('are those of the direct source in another time zone', async () => {
    const definition = givenExport(
      'SELECT id, a_timestamp, a_fine_timestamp FROM everything',
      ['id', 'a_timestamp', 'a_fine_timestamp'],
      {
        key: 'id',
        timeZone: '+09:00',
      },
    )
    const source = await givenSource()
    const { content } = await run(definition, { source, store })
    expect(content.toString()).toBe((await run(definition, { source: sourceOf(database), store })).content.toString())
    expect(content.toString()).toContain('2026-02-28 21:34:56')
  })
})

const columnsOf = async (source: Source, text: string, key: string | null) => {
  const rows = await source.open(rangeQuery(text, { key }), new AbortController().signal)
  await rows.close()
  return rows.columns
}

async function givenSource(
  options: Partial<RdsDataOptions> = {},
  sourceOptions: Partial<DataApiOptions> = {},
): Promise<Source> {
  api = await startDataApi(database, options)
  return dataApiSource({
    client: api.client,
    resourceArn: RESOURCE_ARN,
    secretArn: SECRET_ARN,
    database: database.database,
    patience: { firstMillis: 5, mostMillis: 20, totalMillis: 2000 },
    ...sourceOptions,
  })
}

function rangeQuery(text: string, more: Partial<RangeQuery> = {}): RangeQuery {
  return { query: sql([text] as never), key: 'id', after: null, upTo: null, timeZone: null, ...more }
}

function givenExport(text: string, names: readonly string[], more: Partial<ExportDefinition> = {}) {
  return defineExport({
    name: 'things',
    title: 'Things',
    query: () => sql([text] as never),
    columns: Object.fromEntries(names.map((name) => [name, name])),
    formats: ['csv', 'jsonl', 'parquet'],
    ...more,
  })
}
