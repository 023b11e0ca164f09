/** The port to a database: the rows of one range of an export's key space, in key order, as batches. */
import type { Sql } from 'sql-template-tag'
import type { Cursor, Range } from '../../statemachine/contract.ts'
import type { Batch } from '../rows/batch.ts'
import type { SourceColumn } from '../rows/column.ts'

export interface RangeQuery {
  /** The export's own query. Its values reach the server as bound parameters, never as text. */
  query: Sql
  /** The key column; null reads the query unchanged, in its own order. */
  key: string | null
  /** Exclusive. */
  after: Cursor | null
  /** Inclusive. */
  upTo: Cursor | null
  /** The session's time zone; null for the source's default. */
  timeZone: string | null
  /**
   * The names of the query's columns if two are the same, so that the wrapper must rename them, or if some are FLOATs.
   * The source finds out.
   */
  names?: readonly string[] | undefined
  /** Which of the columns are FLOATs, if any; they are selected as doubles. Set together with `names`. */
  floats?: readonly boolean[] | undefined
  /** The previous chunk's transaction, if the source has one that can be continued. */
  transactionId?: string | undefined
}

export interface Source {
  /**
   * Runs the query. Opening and iterating may throw `QueryFailed` or `DatabaseUnavailable`. Aborting the signal ends
   * the query on the server.
   */
  open(query: RangeQuery, signal: AbortSignal): Promise<Rows>
  /**
   * Returns the optimizer's estimate of rows, or null if it has none. Throws as `open` does, and if EXPLAIN itself is
   * refused.
   */
  estimate?(query: RangeQuery, signal: AbortSignal): Promise<number | null>
  /**
   * Returns how the server would run the query, one row per step. Throws as `estimate` does; absent if the source
   * cannot ask.
   */
  explain?(query: RangeQuery, signal: AbortSignal): Promise<Record<string, unknown>[]>
  /** Opens the key space, to divide it into ranges. Throws as `open` does; absent if ranges cannot be planned. */
  keySpace?(query: KeyQuery, signal: AbortSignal): Promise<KeySpace>
}

/** An export's query with its key, not yet cut to a range. */
export type KeyQuery = Omit<RangeQuery, 'key' | 'after' | 'upTo'> & { key: string }

export interface KeyBounds {
  /** Exclusive; null is the start of the key space. */
  after: Cursor | null
  /** Inclusive; null is its end. */
  upTo: Cursor | null
}

/**
 * The keys of an export's rows, without the rows. It is one session with the database and serves one call at a time.
 */
export interface KeySpace {
  /** Returns at most `limit` keys within the bounds: the first in order, or the last in reverse order. */
  keys(bounds: KeyBounds, limit: number, end: 'first' | 'last'): Promise<Cursor[]>
  /** Returns the optimizer's estimate of how many keys lie within the bounds, or null if it has none. */
  estimate(bounds: KeyBounds): Promise<number | null>
  close(): Promise<void>
}

/** One running query. */
export interface Rows extends AsyncIterable<Batch> {
  columns: readonly SourceColumn[]
  /** The actual time zone of the session. */
  timeZone: string
  /** The RDS Data API's transaction, kept in the range so that the next chunk reads the same snapshot. */
  transactionId?: string | undefined
  /** `chunks` once a transaction was lost, so that these rows come from several snapshots; absent means `snapshot`. */
  consistency?: Range['consistency']
  /**
   * How often each warning occurred that is not a loss, by the server's error number; complete once the rows are
   * closed. `unread` counts queries that were stopped early and whose warnings could not be read. A warning of a loss
   * is thrown as QueryFailed.
   */
  warnings: Readonly<Record<string, number>>
  /**
   * Ends the query on the server if it still runs, and frees the connection. May be called twice.
   *
   * @param options.continued another chunk continues from here, so a transaction that can be passed to it is left open
   */
  close(options?: { continued?: boolean }): Promise<void>
}
