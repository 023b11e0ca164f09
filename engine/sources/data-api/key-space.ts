/**
 * Reads the keys of an export's rows with short statements over the key alone, in a session with the export's time
 * zone.
 */
import type { ExecuteStatementCommandOutput } from '@aws-sdk/client-rds-data'
import type { Cursor } from '../../../statemachine/contract.ts'
import { cursorTypeOf } from '../../keys/key.ts'
import type { KeyBounds, KeyQuery, KeySpace } from '../source.ts'
import type { DataApi, NamedStatement } from './api.ts'
import type { SelectedColumn } from './columns.ts'
import { estimateOf, explained } from './estimate.ts'
import { asFailure, isTooLarge, isTransactionLost, toDataApiError } from './failure.ts'
import { keysStatement } from './statement.ts'
import { Transaction } from './transaction.ts'

const MOST_KEYS = 4096
const MOST_LOSSES = 3

export interface KeySpaceOptions {
  api: DataApi
  query: KeyQuery
  /** The key column. */
  column: SelectedColumn
  timeZone: string
  signal: AbortSignal
}

export class DataApiKeySpace implements KeySpace {
  readonly #options: KeySpaceOptions
  readonly #type: Cursor['type']
  #transaction: Transaction | null = null
  #size = MOST_KEYS

  /** Throws KeyNotUnique if the key's type has no order in which ranges could be cut. */
  constructor(options: KeySpaceOptions) {
    this.#options = options
    this.#type = cursorTypeOf(options.column)
    options.signal.addEventListener('abort', this.#abort)
  }

  async keys(bounds: KeyBounds, limit: number, end: 'first' | 'last'): Promise<Cursor[]> {
    const { query, column, signal } = this.#options
    const found: Cursor[] = []
    let rest = bounds
    while (found.length < limit) {
      // Keys from the end cannot be paged, because `upTo` is inclusive, and callers never ask for many.
      const some = { limit: end === 'last' ? limit : Math.min(limit - found.length, this.#size), end }
      try {
        const { records = [] } = await this.#ask(keysStatement(query, { column, bounds: rest, some }))
        for (const [field] of records) found.push({ type: this.#type, value: this.#valueOf(field) })
        if (records.length < some.limit || end === 'last') return found
        rest = { ...rest, after: found.at(-1)! }
      } catch (error) {
        signal.throwIfAborted()
        if (!isTooLarge(asFailure(error)) || some.limit === 1 || end === 'last')
          throw toDataApiError(error, [], { isRunning: true })
        this.#size = Math.floor(some.limit / 2)
      }
    }
    return found
  }

  async estimate(bounds: KeyBounds): Promise<number | null> {
    const { query, column, signal } = this.#options
    try {
      return estimateOf(await this.#ask(explained(keysStatement(query, { column, bounds })), true))
    } catch (error) {
      signal.throwIfAborted()
      throw toDataApiError(error, query.query.values, { isRunning: true })
    }
  }

  async close(): Promise<void> {
    const { signal } = this.#options
    signal.removeEventListener('abort', this.#abort)
    await (signal.aborted ? this.#abort() : this.#transaction?.commit())
    this.#transaction = null
  }

  #valueOf(field: { stringValue?: string; blobValue?: Uint8Array } | undefined): string {
    if (this.#type !== 'binary') return field?.stringValue ?? ''
    const bytes = field?.blobValue ?? Buffer.from(field?.stringValue ?? '', 'hex')
    return Buffer.from(bytes).toString('base64')
  }

  async #ask(statement: NamedStatement, withColumns = false): Promise<ExecuteStatementCommandOutput> {
    const { api, timeZone, signal } = this.#options
    for (let losses = 0; ; losses++) {
      try {
        this.#transaction ??= await Transaction.begin(api, timeZone, signal)
        return await this.#transaction.execute(statement, signal, withColumns)
      } catch (error) {
        if (!isTransactionLost(asFailure(error)) || losses >= MOST_LOSSES) throw error
        // Planning does not need a snapshot.
        await this.#transaction?.leave()
        this.#transaction = null
      }
    }
  }

  readonly #abort = async (): Promise<void> => {
    await this.#transaction?.rollback()
  }
}
