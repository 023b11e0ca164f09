/**
 * Direct connections to MySQL and MariaDB. mysql2 logs in and prepares statements; then the socket is read here, so
 * that a row needs no object and no string: the rows of a batch are the packets themselves.
 */

import { KeyNotUnique } from '../../statemachine/errors.ts'
import { checkMissing } from './mysql/collation.ts'
import type { MysqlAddress } from './mysql/connection.ts'
import { checkKey, describe, prepareKey } from './mysql/describe.ts'
import { estimateOf, explainOf } from './mysql/estimate.ts'
import { MysqlKeySpace } from './mysql/key-space.ts'
import { execute, prepare } from './mysql/prepared.ts'
import { MysqlRows } from './mysql/rows.ts'
import { Session } from './mysql/session.ts'
import { rangeStatement, sameKeyStatement } from './mysql/statement.ts'
import type { RangeQuery, Source } from './source.ts'

export type { MysqlAddress } from './mysql/connection.ts'
export type { Tls } from './mysql/tls.ts'

export interface MysqlOptions extends MysqlAddress {
  /** The time zone of sessions whose export names none; UTC by default. */
  timeZone?: string
}

export function mysqlSource(options: MysqlOptions): Source {
  return {
    async open(given, signal) {
      signal.throwIfAborted()
      const timeZone = given.timeZone ?? options.timeZone ?? '+00:00'
      const session = await Session.connect(options)
      const abort = () => void session.kill()
      signal.addEventListener('abort', abort)
      try {
        // The signal may have been aborted while the connection was being made, before anyone listened.
        signal.throwIfAborted()
        await session.prepareForExport(timeZone)
        const described = await describe(session, given)
        const { query } = described
        const statement = rangeStatement(query)
        const collation = await prepareKey(session, described)
        await checkCursor(session, query, collation)
        const warnings = await prepare(session, statement)
        const release = () => signal.removeEventListener('abort', abort)
        const rows = new MysqlRows(session, { ...query, statement }, { timeZone, warnings, release })
        await rows.start()
        return rows
      } catch (error) {
        signal.removeEventListener('abort', abort)
        await session.kill()
        signal.throwIfAborted()
        throw error
      }
    },

    async estimate(query, signal) {
      const { session, end } = await connect(options, query, signal)
      try {
        return await estimateOf(session, rangeStatement((await describe(session, query)).query))
      } finally {
        await end()
      }
    },

    async explain(query, signal) {
      const { session, end } = await connect(options, query, signal)
      try {
        return await explainOf(session, rangeStatement((await describe(session, query)).query))
      } finally {
        await end()
      }
    },

    async keySpace(query, signal) {
      const { session, end } = await connect(options, query, signal)
      try {
        const described = await describe(session, query)
        await checkKey(session, described)
        return new MysqlKeySpace(session, described.query, end)
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

/**
 * Opens a session for questions about an export. An abort ends its statement on the server, as it does the export's.
 */
async function connect(options: MysqlOptions, query: Pick<RangeQuery, 'timeZone'>, signal: AbortSignal) {
  signal.throwIfAborted()
  const session = await Session.connect(options)
  const abort = () => void session.kill()
  signal.addEventListener('abort', abort)
  const end = async () => {
    signal.removeEventListener('abort', abort)
    await (signal.aborted ? session.kill() : session.leave())
  }
  try {
    signal.throwIfAborted()
    await session.prepareForExport(query.timeZone ?? options.timeZone ?? '+00:00')
    return { session, end }
  } catch (error) {
    await end()
    throw error
  }
}

/**
 * Checks that the cursor identifies one row. `key > cursor` would skip a second row with the cursor's key, and every
 * key that the column's collation considers equal, whatever its bytes are. This SELECT finds whether there are two.
 */
async function checkCursor(session: Session, query: RangeQuery, collation: string | null): Promise<void> {
  const { key, after } = query
  if (key === null || after === null) return
  const statement = sameKeyStatement(query, after)
  await prepare(session, statement)
  const same = await execute(session, statement)
  if (same.length === 0) checkMissing(key, collation, after)
  if (same.length > 1) {
    throw new KeyNotUnique(
      `The key ${key} has a value twice, or two values that the database takes for the same: a key must be unique`,
    )
  }
}
