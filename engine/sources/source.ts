/** The port to a database: rows of one range of an export's key space, in key order, as batches. */
import type { Sql } from 'sql-template-tag'
import type { Cursor, Range } from '../../statemachine/contract.ts'
import type { Batch } from '../rows/batch.ts'
import type { SourceColumn } from '../rows/column.ts'

export interface RangeQuery {
  /** The export's own query. Its values reach the server as bound parameters, never as text. */
  query: Sql
  /** The key column; null reads the query as it is, in the order it has. */
  key: string | null
  /** Exclusive. */
  after: Cursor | null
  /** Inclusive. */
  upTo: Cursor | null
  /** The session's time zone; null is the source's own default. */
  timeZone: string | null
  /**
   * The names of the query's columns where two are the same, so that the wrapper must give them names of its own, or where some are
   * FLOATs. The source finds out.
   */
  names?: readonly string[] | undefined
  /** Which of the columns are FLOATs, where there are any: they are asked for as doubles. With `names`. */
  floats?: readonly boolean[] | undefined
  /** Of the chunk before, where the source has one that can be gone on with. */
  transactionId?: string | undefined
}

export interface Source {
  /**
   * Runs the query. Throws `QueryFailed` or `DatabaseUnavailable`; so may the iteration.
   * An abort of the signal ends the query on the server.
   */
  open(query: RangeQuery, signal: AbortSignal): Promise<Rows>
  /** The optimizer's guess; null where it has none. Throws as `open` does, and where EXPLAIN alone is refused. */
  estimate?(query: RangeQuery, signal: AbortSignal): Promise<number | null>
  /** How the server would run the query, one step a row. Throws as `estimate` does; absent where it cannot be asked. */
  explain?(query: RangeQuery, signal: AbortSignal): Promise<Record<string, unknown>[]>
  /** Opens the keys, to divide them into ranges. Throws as `open` does; absent where ranges cannot be planned. */
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

/** The keys of an export's rows, without the rows. One session with the database, which asks one thing at a time. */
export interface KeySpace {
  /** At most `limit` keys within the bounds: the first in their order, or the last, then in the reverse order. */
  keys(bounds: KeyBounds, limit: number, end: 'first' | 'last'): Promise<Cursor[]>
  /** The optimizer's guess of how many keys lie within the bounds; null where it has none. */
  estimate(bounds: KeyBounds): Promise<number | null>
  close(): Promise<void>
}

/** One running query. */
export interface Rows extends AsyncIterable<Batch> {
  columns: readonly SourceColumn[]
  /** The time zone that the session really has. */
  timeZone: string
  /** Of the RDS Data API, to be carried in the range so that the next chunk reads the same snapshot. */
  transactionId?: string | undefined
  /** `chunks` once a transaction was lost: these rows are of several snapshots. Absent is `snapshot`. */
  consistency?: Range['consistency']
  /**
   * How often the server warned of something that is not a loss, by its error number; complete once the rows are closed. `unread`
   * counts queries that were stopped early and whose warnings could not be asked for. A warning of a loss is thrown as QueryFailed.
   */
  warnings: Readonly<Record<string, number>>
  /**
   * Ends the query on the server if it still runs, and frees the connection. May be called twice.
   *
   * @param options.continued another chunk goes on from here: a transaction that can be carried to it is left open
   */
  close(options?: { continued?: boolean }): Promise<void>
}
