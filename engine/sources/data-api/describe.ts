import type { ColumnMetadata } from '@aws-sdk/client-rds-data'
import type { CarryoutError } from '../../../statemachine/errors.ts'
import { checkCollation } from '../mysql/collation.ts'
import { refusalOfText, refuseByText } from '../mysql/describe.ts'
import { ACCESS_DENIED, toCarryoutError } from '../mysql/failure.ts'
import { sortLengthOf } from '../mysql/sort-length.ts'
import type { RangeQuery } from '../source.ts'
import type { DataApi } from './api.ts'
import { type SelectedColumn, selectColumn, selectTinyInt } from './columns.ts'
import { asFailure, serverFailureOf, toDataApiError } from './failure.ts'
import { bareStatement, collationStatement, describeStatement, sumsStatement } from './statement.ts'

export interface Description {
  columns: SelectedColumn[]
  /** Whether a LIMIT can be appended to the query; false if it already has one. */
  limited: boolean
  /** The columns' names if two are the same: see `RangeQuery`. */
  names: readonly string[] | undefined
  /** The key's collation; null if it is not a text. */
  collation: string | null
}

/** Errors with which a server refuses a wrapped statement that returns no rows. */
const MISPLACED = new Set([1064, 3954])
const DUPLICATE_COLUMN = /Error code: 1060\b/i
const SYNTAX_ERROR = /Error code: 1064\b|error code: 1064\b/i

/** Returns a query's columns. It runs outside any transaction, since an error must not end the export's. */
export async function describe(api: DataApi, query: RangeQuery, signal: AbortSignal): Promise<Description> {
  refuseByText(query)
  try {
    return await descriptionOf(api, query, signal).catch(async (error) => {
      if (query.names || !isDuplicateColumn(error)) throw error
      return descriptionOf(api, { ...query, names: await namesOf(api, query, signal) }, signal)
    })
  } catch (error) {
    signal.throwIfAborted()
    throw await refusalOf(api, error, query, signal)
  }
}

/** Returns the column names of a query in which two columns have the same name. */
export async function namesOf(api: DataApi, query: RangeQuery, signal: AbortSignal): Promise<string[]> {
  const ask = (twice: boolean) => api.execute(bareStatement(query, { twice }), signal, { withColumns: true })
  const { columnMetadata = [] } = await ask(false).catch((error) => {
    if (!isDuplicateColumn(error)) throw error
    return ask(true)
  })
  return columnMetadata.map(({ label }) => label ?? '')
}

export function isDuplicateColumn(error: unknown): boolean {
  return DUPLICATE_COLUMN.test(asFailure(error).message)
}

async function descriptionOf(api: DataApi, query: RangeQuery, signal: AbortSignal): Promise<Description> {
  const { metadata, limited } = await columnsOf(api, query, signal)
  const { names } = query
  const collation = await checkKey(api, query, { columns: metadata.map(selectColumn), signal })
  const columns = await withTinyInts(api, query, { columns: metadata.map(selectColumn), metadata, signal })
  return {
    columns: columns.map((column, index) => ({ ...column, name: names?.[index] ?? column.name })),
    limited,
    names,
    collation,
  }
}

/**
 * @returns the key's collation; null if it is not a text
 * @throws KeyNotUnique if the server sorts by the key differently from how it compares it
 */
async function checkKey(
  api: DataApi,
  query: RangeQuery,
  { columns, signal }: { columns: readonly SelectedColumn[]; signal: AbortSignal },
): Promise<string | null> {
  const { key } = query
  const column = columns[query.names?.indexOf(key ?? '') ?? columns.findIndex(({ name }) => name === key)]
  if (key === null || column?.kind !== 'text') return null
  const { records: [[found, product] = []] = [] } = await api.execute(collationStatement({ ...query, key }), signal)
  const collation = found?.stringValue ?? ''
  checkCollation(
    key,
    { collation, version: product?.stringValue ?? '' },
    { isLimited: sortLengthOf(column.kind, column.declaredBytes) !== null },
  )
  return collation
}

/** Finds the cause of a denied access: the log-in, or a view in the query whose definer no longer exists. */
async function refusalOf(api: DataApi, error: unknown, query: RangeQuery, signal: AbortSignal): Promise<CarryoutError> {
  const server = serverFailureOf(asFailure(error))
  const ofText = server && MISPLACED.has(server.errno!) ? refusalOfText(query) : null
  const refusal = ofText ?? toDataApiError(error, query.query.values)
  if (server?.errno !== ACCESS_DENIED) return refusal
  const nothing = { text: 'SELECT 1', parameters: [] }
  return api.execute(nothing, signal).then(
    () => toCarryoutError(server, query.query.values),
    () => refusal,
  )
}

async function columnsOf(api: DataApi, query: RangeQuery, signal: AbortSignal) {
  const ask = async (limited: boolean) => {
    const { columnMetadata = [] } = await api.execute(describeStatement(query, limited), signal, { withColumns: true })
    return { metadata: columnMetadata, limited }
  }
  if (query.key !== null) return ask(false)
  try {
    return await ask(true)
  } catch (error) {
    // The query has its own LIMIT, or contains another mistake.
    if (!SYNTAX_ERROR.test(asFailure(error).message)) throw error
    return ask(false)
  }
}

/** Recognizes TINYINT(1), which the Data API reports as BIT. */
async function withTinyInts(
  api: DataApi,
  query: RangeQuery,
  described: { columns: SelectedColumn[]; metadata: ColumnMetadata[]; signal: AbortSignal },
): Promise<SelectedColumn[]> {
  const { columns, signal } = described
  const doubtful = columns.filter(({ kind, precision }) => kind === 'bit' && precision! <= 1)
  if (doubtful.length === 0) return columns
  const { columnMetadata = [] } = await api.execute(sumsStatement(query, doubtful), signal, { withColumns: true })
  const signed = new Set(doubtful.filter((_, index) => !selectColumn(columnMetadata[index] ?? {}).unsigned))
  return columns.map((column) => (signed.has(column) ? selectTinyInt(column) : column))
}
