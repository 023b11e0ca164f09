/**
 * Runs one export from a database to a file, without a cloud. It is bundled with the app's catalogue like the
 * functions, so that there is one engine.
 */
import { join } from 'node:path'
import { type Catalogue, type Export, raw, sql } from '../engine/catalogue.ts'
import { exportChunk } from '../engine/export-chunk.ts'
import { queryOf } from '../engine/plan/query.ts'
import { prepare } from '../engine/prepare.ts'
import { endsWithLimit } from '../engine/sources/mysql/query-text.ts'
import { type MysqlAddress, mysqlSource } from '../engine/sources/mysql.ts'
import type { Rows, Source } from '../engine/sources/source.ts'
import { fileStore } from './file-store.ts'

export interface TryOptions {
  /** The fields of a request: export, params, format, compression, encoding, language. */
  request: Record<string, unknown> & { export: string }
  address: MysqlAddress
  /** The folder in which the file is made. */
  folder: string
  /** Prints this many rows as TSV instead of writing the file. */
  limit?: number | undefined
  signal: AbortSignal
  onRows(rows: number): void
  onWarning(message: string): void
}

export interface Tried {
  /** Where the file is now. */
  path: string
  /** The name under which a browser would save it. */
  name: string
  rows: number
  bytes: number
  crc32: string
}

/** One day: an export is tried in one run, whatever its length. */
const LONGEST_MILLIS = 24 * 60 * 60 * 1000
const ID = 'try'

/** @throws InvalidRequest, UnknownExport, QueryFailed, DatabaseUnavailable, … as the functions do */
export async function tryExport(catalogue: Catalogue, options: TryOptions): Promise<Tried> {
  const { address, folder, limit, signal, onRows, onWarning } = options
  const shown = limit === undefined ? catalogue : firstRows(catalogue, limit)
  const { request, plan, ranges } = prepare(requestOf(options), { catalogue: shown, now: new Date() })
  const range = await exportChunk(
    { request, plan, range: ranges[0]! },
    {
      catalogue: shown,
      source: counting(mysqlSource(address), onRows),
      store: fileStore(folder),
      deadline: Date.now() + LONGEST_MILLIS,
      signal,
      warn: onWarning,
      onThrown: (error) => onWarning(`The export’s own function threw: ${error}`),
    },
  )
  const { rows, bytes, crc32 } = range
  return { path: join(folder, plan.key), name: plan.fileName, rows, bytes, crc32 }
}

/** @returns the server's plan, one row per step */
export async function explainExport(catalogue: Catalogue, options: TryOptions): Promise<Record<string, unknown>[]> {
  const { request } = prepare(requestOf(options), { catalogue, now: new Date() })
  const definition = catalogue.get(request.export)
  const { key, timeZone } = definition
  const query = { query: queryOf(definition, request), key, after: null, upTo: null, timeZone }
  return (await mysqlSource(options.address).explain?.(query, options.signal)) ?? []
}

function requestOf({ request, limit }: TryOptions) {
  const { format, compression, encoding, ...rest } = request
  // Rows are printed as TSV, whatever formats the export offers.
  const chosen = limit === undefined ? { format, compression, encoding } : {}
  return JSON.parse(JSON.stringify({ id: ID, requestedBy: 'developer@example.com', ...rest, ...chosen })) as unknown
}

function firstRows(catalogue: Catalogue, limit: number): Catalogue {
  return {
    names: catalogue.names,
    get(name) {
      const definition = catalogue.get(name)
      const query: Export['query'] = (params) => limited(definition.query(params), limit)
      return { ...definition, query, formats: ['tsv'], compressions: ['none'], encodings: ['utf-8'] }
    },
  }
}

function limited(query: ReturnType<Export['query']>, limit: number) {
  if (endsWithLimit(query)) return sql`SELECT * FROM (${query}) AS t LIMIT ${raw(String(limit))}`
  return sql`${query}
LIMIT ${raw(String(limit))}`
}

/** Reports how many rows have been read. */
function counting(source: Source, onRows: (rows: number) => void): Source {
  return {
    ...source,
    async open(query, signal) {
      const rows = await source.open(query, signal)
      return {
        columns: rows.columns,
        timeZone: rows.timeZone,
        get warnings() {
          return rows.warnings
        },
        close: (options) => rows.close(options),
        async *[Symbol.asyncIterator]() {
          let read = 0
          for await (const batch of rows) {
            read += batch.rows
            onRows(read)
            yield batch
          }
        },
      } satisfies Rows
    },
  }
}
