/** Reads one export's rows page by page, in one transaction for as long as it lives. */
import type { ExecuteStatementCommandOutput, Field } from '@aws-sdk/client-rds-data'
import type { Cursor, Range } from '../../../statemachine/contract.ts'
import { DatabaseUnavailable, ExportTooLong, KeyNotUnique, QueryFailed } from '../../../statemachine/errors.ts'
import { KeyWatch } from '../../keys/key.ts'
import type { Batch } from '../../rows/batch.ts'
import type { SourceColumn } from '../../rows/column.ts'
import { addCounts } from '../../rows/counts.ts'
import { type NumberWriter, numberWriter } from '../../rows/number-writer.ts'
import { checkMissing } from '../mysql/collation.ts'
import type { WarningCounts } from '../mysql/warnings.ts'
import type { RangeQuery, Rows } from '../source.ts'
import type { DataApi, NamedStatement } from './api.ts'
import type { SelectedColumn } from './columns.ts'
import { asFailure, isTimeout, isTooLarge, isTransactionLost, toDataApiError } from './failure.ts'
import { PageWriter } from './page.ts'
import { PageSize } from './page-size.ts'
import { pageStatement, wholeStatement } from './statement.ts'
import { Transaction } from './transaction.ts'
import { warningsOf } from './warnings.ts'
import { sortByWholeKey } from './whole-key.ts'

/** How often a transaction may be lost without an error before the same page. */
const MOST_LOSSES = 3

export interface RowsOptions {
  api: DataApi
  query: RangeQuery
  columns: readonly SelectedColumn[]
  /** Whether a LIMIT can be appended to the query. */
  limited: boolean
  /** The key's collation; null if it is not a text. */
  collation: string | null
  timeZone: string
  signal: AbortSignal
}

export class DataApiRows implements Rows {
  readonly columns: readonly SourceColumn[]
  readonly timeZone: string
  consistency: Range['consistency'] = 'snapshot'
  warnings: WarningCounts = {}
  readonly #options: RowsOptions
  /** Once closed, a page that is no longer awaited is not requested again. */
  #closed = false
  readonly #keys: KeyWatch | null
  readonly #size = new PageSize()
  readonly #writer: PageWriter
  readonly #numbers: NumberWriter | null
  #transaction: Transaction | null = null
  /** Whether the file contains rows of the current snapshot or of an earlier chunk. */
  #hasRead: boolean
  #ended = false
  #ending: Promise<void> | null = null
  /** Reads the server's warnings about the last page while its rows are being written. */
  #warned: Promise<void> = Promise.resolve()

  constructor(options: RowsOptions) {
    const { query, columns, timeZone, signal } = options
    this.#options = options
    this.columns = columns
    this.timeZone = timeZone
    this.#keys = query.key === null ? null : new KeyWatch(columns, query.key, timeZone)
    this.#writer = new PageWriter(columns)
    this.#numbers = numberWriter(columns, () => true)
    this.#hasRead = query.transactionId !== undefined
    signal.addEventListener('abort', this.#abort)
  }

  get transactionId(): string | undefined {
    return this.#transaction?.id ?? this.#options.query.transactionId
  }

  /** Begins a transaction, or continues the previous chunk's. */
  async start(): Promise<void> {
    const { api, query, signal } = this.#options
    try {
      if (query.transactionId === undefined) return await this.#begin()
      try {
        this.#transaction = await Transaction.resume(api, query.transactionId, signal)
        this.#checkIsolation()
      } catch (error) {
        if (!isTransactionLost(asFailure(error))) throw error
        await this.#beginAgain()
      }
    } catch (error) {
      signal.throwIfAborted()
      throw toDataApiError(error)
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const keys = this.#keys
    let after = this.#options.query.after
    for (;;) {
      const page = keys ? await this.#nextPage(after) : await this.#whole()
      // Another chunk has taken over the transaction.
      if (this.#closed) return
      this.#warned = this.#countWarnings()
      // A consumer that leaves in the middle of a page gets this error from close().
      this.#warned.catch(() => {})
      if (page.records.length === 0) break
      const written = this.#writer.write(page.records)
      const batch = this.#numbers?.write(written) ?? written
      this.#size.measured(batch.rows, this.#writer.answerBytes)
      this.#hasRead = true
      // The keys are read before the batch is passed on, because its consumer may change it.
      if (keys) {
        keys.continueAfter(after)
        keys.check(batch)
        after = keys.cursorAt(batch, batch.rows - 1)
      }
      yield batch
      await this.#warned
      if (this.#closed) return
      if (page.isLast) break
    }
    await this.#warned
    // Set only after the last rows were consumed: a consumer that leaves them to another chunk leaves it the
    // transaction as well.
    this.#ended = true
  }

  async close({ continued = false }: { continued?: boolean } = {}): Promise<void> {
    this.#options.signal.removeEventListener('abort', this.#abort)
    this.#closed = true
    const unheard = continued && !this.#ended ? await this.#warned.catch((error) => error) : undefined
    if (unheard) continued = false
    if (this.#ended) this.#end((transaction) => transaction.commit())
    else if (!continued) this.#end((transaction) => transaction.rollback())
    else await this.#transaction?.leave()
    await this.#ending
    if (unheard) throw unheard
  }

  readonly #abort = (): void => this.#end((transaction) => transaction.rollback())

  /** Ends the transaction once, however often it is called. */
  #end(how: (transaction: Transaction) => Promise<void>): void {
    if (this.#transaction) this.#ending ??= how(this.#transaction)
  }

  /** Returns the next rows after the cursor, except those already read. */
  async #nextPage(after: Cursor | null): Promise<{ records: Field[][]; isLast: boolean }> {
    const { query, columns } = this.#options
    const pageOf = (rows: number) => pageStatement({ ...query, key: query.key as string }, { columns, after, rows })
    const { result, rows } = await this.#read(pageOf, after)
    const records = result.records ?? []
    if (!after) return { records, isLast: records.length < rows }
    const isSame = (record: Field[]) => record[columns.length]?.longValue === 1
    const same = records.findIndex((record) => !isSame(record))
    const known = same === -1 ? records.length : same
    if (known === 0) checkMissing(query.key as string, this.#options.collation, after)
    if (known > 1) {
      throw new KeyNotUnique(
        `The key ${query.key} has a value twice, or two values that the database takes for the same: a key must be unique`,
      )
    }
    return { records: records.slice(known), isLast: records.length < rows + 1 }
  }

  async #countWarnings(): Promise<void> {
    const { signal } = this.#options
    try {
      this.warnings = addCounts(this.warnings, await warningsOf(this.#transaction!, signal))
    } catch (error) {
      signal.throwIfAborted()
      throw toDataApiError(error)
    }
  }

  /** Reads a query without a key. It cannot be paged, so the result must fit one response. */
  async #whole(): Promise<{ records: Field[][]; isLast: true }> {
    const { query, columns, limited } = this.#options
    const { result } = await this.#read(() => wholeStatement(query, { columns, limited }), null)
    return { records: result.records ?? [], isLast: true }
  }

  /** Runs a page's statement, with fewer and fewer rows until it succeeds. */
  async #read(
    statementOf: (rows: number) => NamedStatement,
    after: Cursor | null,
  ): Promise<{ result: ExecuteStatementCommandOutput; rows: number }> {
    const { signal } = this.#options
    let losses = 0
    for (;;) {
      const { rows } = this.#size
      const statement = statementOf(rows)
      try {
        return { result: await this.#transaction!.execute(statement, signal), rows }
      } catch (error) {
        signal.throwIfAborted()
        const refusal = () => toDataApiError(error, valuesOf(statement), { isRunning: true })
        if (this.#closed) throw refusal()
        const failure = asFailure(error)
        if (isTransactionLost(failure)) {
          if (++losses > MOST_LOSSES) {
            throw new DatabaseUnavailable('The Data API loses each transaction at once', { cause: error })
          }
          await this.#beginAgain().catch((cause) => {
            signal.throwIfAborted()
            throw toDataApiError(cause)
          })
        } else if (isTooLarge(failure)) {
          this.#refuseTooLarge(rows, after, error)
          this.#size.tooLarge()
          losses = 0
        } else if (isTimeout(failure)) {
          if (rows === 1 || !this.#keys) throw tooSlow(error)
          this.#size.tooSlow()
          losses = 0
        } else throw refusal()
      }
    }
  }

  #refuseTooLarge(rows: number, after: Cursor | null, cause: unknown): void {
    const { key } = this.#options.query
    if (key === null) {
      throw new ExportTooLong(
        'The export has no key, and its result is larger than the 1 MiB that the Data API gives at once: give it a key',
        { cause },
      )
    }
    if (rows > 1) return
    const where = after ? `after the one with the ${key} ${after.value}` : 'that comes first'
    throw new QueryFailed(
      `The row ${where} is larger than the 64 KB that the Data API gives of a row: ` +
        'leave its long columns out of the query, shorten them in it (LEFT), or read the database directly',
      { cause },
    )
  }

  async #begin(): Promise<void> {
    const { api, timeZone, signal } = this.#options
    this.#transaction = await Transaction.begin(api, timeZone, signal)
    this.#checkIsolation()
    await sortByWholeKey(this.#transaction, this.#options)
  }

  /**
   * Begins another transaction, which is another snapshot. The manifest says so if the file has rows of the first one.
   */
  async #beginAgain(): Promise<void> {
    if (this.#hasRead) this.consistency = 'chunks'
    await this.#transaction?.leave()
    await this.#begin()
  }

  #checkIsolation(): void {
    if (!this.#transaction!.isSnapshot) this.consistency = 'chunks'
  }
}

function tooSlow(cause: unknown): ExportTooLong {
  return new ExportTooLong(
    'The query gave no row within the 45 seconds that the Data API gives a statement: an index for its key and its WHERE may help',
    { cause },
  )
}

function valuesOf({ parameters }: NamedStatement): unknown[] {
  return parameters.map(({ value }) => value?.stringValue)
}
