import type { Chunk, Plan, Range, Request } from '../statemachine/contract.ts'
import { crcFromHex, crcToHex } from '../statemachine/crc-hex.ts'
import { DatabaseUnavailable, ExportTooLong, QueryFailed, StorageUnavailable } from '../statemachine/errors.ts'
import type { Catalogue, Export } from './catalogue.ts'
import { charsets } from './charsets/charsets.ts'
import { compressions } from './compressions/compression.ts'
import { formats } from './formats/formats.ts'
import { KeyWatch } from './keys/key.ts'
import { refuseTooManyChunks } from './plan/chunk-budget.ts'
import { contentDisposition } from './plan/file-name.ts'
import { type Layout, layOut } from './plan/layout.ts'
import { forecast, refuseTooMany, whyNotContinued } from './plan/limits.ts'
import { type OnThrown, queryOf } from './plan/query.ts'
import { Budget } from './rows/budget.ts'
import { addCounts } from './rows/counts.ts'
import { RowNames } from './rows/row-names.ts'
import { Transform } from './rows/transform.ts'
import type { RangeQuery, Rows, Source } from './sources/source.ts'
import { ChunkFile } from './stores/chunk-file.ts'
import { combineCrc32 } from './stores/crc32.ts'
import { ObjectWriter } from './stores/object-writer.ts'
import { clearPlace, type Place } from './stores/place.ts'
import type { Store } from './stores/store.ts'

export interface ExportChunkInput {
  request: Request
  plan: Plan
  range: Range
}

export interface ExportChunkOptions {
  catalogue: Catalogue
  source: Source
  store: Store
  /** Epoch milliseconds. No further batch is started after it, once something has been written that can be kept. */
  deadline: number
  /**
   * When aborted, ends the query on the server and fails the chunk: with ExportTooLong after a timeout, otherwise with
   * the signal's reason.
   */
  signal: AbortSignal
  /** Called with anything that an operator should know although nothing failed. */
  warn?: (message: string) => void
  /**
   * Called with the complete error that a `row` or `query` function threw. It may contain data, so no error's message
   * quotes it.
   */
  onThrown?: OnThrown | undefined
  now?: () => Date
}

/** The estimate is optional, so the export waits for it only briefly. */
const ESTIMATE_MILLIS = 2_000

/**
 * Exports one range from its cursor, until it is done or the time is spent, into one object of whole rows.
 *
 * Called again with the same range it writes the same key again, so a chunk that failed halfway leaves nothing behind.
 * An invocation that is presumed dead but still runs cannot overwrite the chunk of its successor.
 * @returns the range with its new cursor and this chunk's counts
 */
export async function exportChunk(given: ExportChunkInput, options: ExportChunkOptions): Promise<Range> {
  const { request, plan } = given
  const { catalogue, source, signal, warn, now = () => new Date() } = options
  const definition = catalogue.get(request.export)
  const startedAt = now()
  signal.throwIfAborted()
  await refuseTooManyChunks(definition.name, given, options.store)
  const kept = await keptRange(given.range, options)
  const [range, place] = await Promise.all([
    estimated(definition, { ...given, range: kept }, options),
    clearPlace({ ...given, range: kept }, options),
  ])
  const input = { ...given, range }
  let rows: Rows | null = null
  let file: ChunkFile | null = null
  try {
    const query = rangeQuery(definition, input, options.onThrown)
    rows = await source.open(query, signal)
    const layout = layOut(definition, rows.columns, plan.language)
    const keys = definition.key === null ? null : new KeyWatch(rows.columns, definition.key, rows.timeZone, query.after)
    const names = new RowNames(keys, definition.key)
    file = openFile(input, options, { definition, layout, rows, keys, names, place })
    const isFirst = range.index === 0 && range.chunks === 0
    if (isFirst) await file.head()
    const { done, firstRowAt } = await copyRows(input, options, { definition, rows, keys, names, file })
    // The rows are closed before the last bytes are sent, so that the database's slot is free sooner.
    await rows.close({ continued: !done })
    warnOf(rows.warnings, definition, warn)
    if (done) await file.end(isFirst, range.upTo === null)
    const chunk = file.isEmpty && !isFirst ? null : await closeFile(file, place.key, { startedAt, firstRowAt, now })
    return advance(range, {
      chunk,
      done,
      cursor: file.cursor,
      columns: layout.described,
      transactionId: rows.transactionId,
      readSnapshot: rows.consistency !== 'chunks',
      warnings: rows.warnings,
    })
  } catch (error) {
    // A retried step continues the transaction that its range names.
    const continued = range.transactionId !== undefined && !signal.aborted && isRetried(error)
    await Promise.allSettled([rows?.close({ continued }), file?.abort()])
    throw signal.aborted ? tooLate(signal, definition, error) : error
  }
}

/**
 * Returns the range, reset to its start if its chunks are gone. Stopping an execution deletes its chunks, and yet the
 * execution can be redriven. Chunks are deleted together, so checking the last one is enough.
 */
async function keptRange(range: Range, { store, warn }: ExportChunkOptions): Promise<Range> {
  const { last } = range
  if (!last || (await store.head(last.key))?.etag === last.etag) return range
  warn?.(`The chunks of range ${range.index} are gone. The range starts over`)
  const { transactionId: _, columns: __, warnings: ___, ...rest } = range
  const nothing = { chunks: 0, rows: 0, bytes: 0, crc32: '00000000', firstRowAt: null, last: null }
  return { ...rest, ...nothing, cursor: null, consistency: 'snapshot' }
}

/**
 * Asks for an estimate once, before the range's first chunk, and warns of an export that will hardly fit into its time.
 */
async function estimated(definition: Export, input: ExportChunkInput, options: ExportChunkOptions): Promise<Range> {
  const { plan, range } = input
  const { source, signal, deadline, warn } = options
  if (range.chunks > 0) return range
  let { estimatedRows } = range
  if (estimatedRows === undefined) {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(ESTIMATE_MILLIS)])
    // Other errors are left to the export itself, which will report them. Only a refused estimate is reported here.
    const refused = (error: unknown) => {
      if (error instanceof QueryFailed) warn?.(`No forecast for ${definition.name}: ${error.message}`)
      return null
    }
    estimatedRows =
      (await source.estimate?.(rangeQuery(definition, input, options.onThrown), soon).catch(refused)) ?? null
    signal.throwIfAborted()
  }
  const warning = forecast(definition, plan, {
    rows: estimatedRows,
    seconds: Math.max(deadline - Date.now(), 1000) / 1000,
  })
  if (warning) warn?.(warning)
  return { ...range, estimatedRows }
}

function rangeQuery(definition: Export, { request, range }: ExportChunkInput, onThrown?: OnThrown): RangeQuery {
  return {
    query: queryOf(definition, request, onThrown),
    key: definition.key,
    after: range.cursor ?? range.after,
    upTo: range.upTo,
    timeZone: definition.timeZone,
    transactionId: range.transactionId,
  }
}

function isRetried(error: unknown): boolean {
  return error instanceof DatabaseUnavailable || error instanceof StorageUnavailable
}

interface Work {
  definition: Export
  layout: Layout
  rows: Rows
  keys: KeyWatch | null
  names: RowNames
  file: ChunkFile
}

function openFile(
  { plan }: ExportChunkInput,
  { store, onThrown }: ExportChunkOptions,
  { definition, layout, rows, keys, names, place }: Omit<Work, 'file'> & { place: Place },
): ChunkFile {
  const describeRow = (row: number) => names.of(row)
  const entryName = plan.fileName.replace(/\.[^.]*$/, `.${formats[plan.format].extension}`)
  return new ChunkFile({
    writer: new ObjectWriter(store, place.key, {
      contentType: plan.contentType,
      contentDisposition: contentDisposition(plan.fileName),
      replaces: place.replaces,
    }),
    encoder: formats[plan.format].open({
      columns: layout.columns,
      fieldCount: layout.fieldCount,
      charset: charsets[plan.encoding](definition.csv.unmappable),
      options: { title: plan.title, csv: definition.csv },
      timeZone: rows.timeZone,
      describeRow,
    }),
    transform: definition.row
      ? new Transform(definition.row, rows.columns, Object.keys(definition.columns), describeRow, onThrown)
      : null,
    compressor: plan.compression === 'none' ? null : compressions[plan.compression].open(entryName),
    keys,
  })
}

async function copyRows(
  { plan, range }: ExportChunkInput,
  { deadline, now = () => new Date() }: ExportChunkOptions,
  { definition, rows, keys, names, file }: Omit<Work, 'layout'>,
): Promise<{ done: boolean; firstRowAt: string | null }> {
  const budget = new Budget(rows, deadline)
  const obstacle = whyNotContinued(definition, plan)
  const before = range.rows
  let firstRowAt: string | null = null
  let read = 0
  try {
    for (;;) {
      // An export that cannot be continued fails when its time is spent, others stop; but none stops before its first
      // row.
      const mayStop = obstacle ? read > 0 : file.canStop
      const batch = await budget.next(mayStop)
      if (batch === 'ended') return { done: true, firstRowAt }
      // The check also runs before stopping: the first key that is left out must differ from the last one that was
      // written.
      if (batch !== 'spent') keys?.check(batch)
      if (mayStop && (batch === 'spent' || budget.isSpent)) {
        if (obstacle) throw new ExportTooLong(obstacle)
        return { done: false, firstRowAt }
      }
      if (batch === 'spent') continue
      firstRowAt ??= now().toISOString()
      names.batch(batch, before + read)
      read += batch.rows
      refuseTooMany(definition.name, plan, before + read)
      await file.write(batch)
    }
  } finally {
    budget.end()
  }
}

async function closeFile(
  file: ChunkFile,
  key: string,
  { startedAt, firstRowAt, now }: { startedAt: Date; firstRowAt: string | null; now: () => Date },
): Promise<Chunk> {
  const { etag, bytes, crc32 } = await file.close()
  return {
    key,
    etag,
    rows: file.rows,
    bytes,
    crc32,
    startedAt: startedAt.toISOString(),
    firstRowAt,
    finishedAt: now().toISOString(),
  }
}

function advance(
  { failure: _, ...range }: Range,
  step: {
    chunk: Chunk | null
    done: boolean
    cursor: Range['cursor']
    columns: Range['columns']
    transactionId: string | undefined
    readSnapshot: boolean
    warnings: Rows['warnings']
  },
): Range {
  const { chunk, done, cursor, columns, transactionId, readSnapshot } = step
  const isFirst = range.chunks === 0
  const warnings = addCounts(range.warnings ?? {}, step.warnings)
  const sameTransaction = isFirst || (transactionId !== undefined && transactionId === range.transactionId)
  const sameSnapshot = readSnapshot && sameTransaction
  return {
    ...range,
    cursor: cursor ?? range.cursor,
    done,
    ...(chunk ? counted(range, chunk) : {}),
    consistency: sameSnapshot ? range.consistency : 'chunks',
    ...(transactionId === undefined ? {} : { transactionId }),
    ...(range.index === 0 && isFirst ? { columns } : {}),
    ...(Object.keys(warnings).length === 0 ? {} : { warnings }),
  }
}

function warnOf(warnings: Rows['warnings'], definition: Export, warn: ExportChunkOptions['warn']): void {
  const counted = Object.entries(warnings).map(([code, count]) => `${code} (${count} times)`)
  if (counted.length > 0) {
    warn?.(
      `The database gave warnings about ${definition.name}, none of them about a lost or changed value: ${counted.join(', ')}`,
    )
  }
}

function counted({ chunks, rows, bytes, crc32, firstRowAt }: Omit<Range, 'failure'>, chunk: Chunk): Partial<Range> {
  return {
    chunks: chunks + 1,
    rows: rows + chunk.rows,
    bytes: bytes + chunk.bytes,
    crc32: crcToHex(combineCrc32(crcFromHex(crc32), crcFromHex(chunk.crc32), chunk.bytes)),
    firstRowAt: firstRowAt ?? chunk.firstRowAt,
    last: chunk,
  }
}

function tooLate(signal: AbortSignal, definition: Export, error: unknown): unknown {
  const { reason } = signal
  if (reason?.name !== 'TimeoutError') return reason
  return new ExportTooLong(
    `${definition.name} returned too few rows within one invocation to be continued. An index for its query may help`,
    { cause: error },
  )
}
