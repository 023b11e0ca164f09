/**
 * MySQL and MariaDB, directly. mysql2 logs in and prepares; then the socket is read here, so that a row costs no
 * object and no string: the rows of a batch are the packets themselves.
 */

import { KeyNotUnique } from '../../statemachine/errors.ts'
import type { Batch } from '../rows/batch.ts'
import type { SourceColumn } from '../rows/column.ts'
import { readColumn } from './mysql/columns.ts'
import { estimateOf } from './mysql/estimate.ts'
import { type ServerFailure, toCarryoutError } from './mysql/failure.ts'
import { MysqlKeySpace } from './mysql/key-space.ts'
import { withNames } from './mysql/names.ts'
import { execution, prepare, valuesOf } from './mysql/prepared.ts'
import { Receiver } from './mysql/receiver.ts'
import { type MysqlAddress, Session } from './mysql/session.ts'
import { rangeStatement, type Statement, sameKeyStatement } from './mysql/statement.ts'
import type { RangeQuery, Rows, Source } from './source.ts'

export type { MysqlAddress } from './mysql/session.ts'
export type { Tls } from './mysql/tls.ts'

export interface MysqlOptions extends MysqlAddress {
  /** Of sessions whose export names none; UTC by default. */
  timeZone?: string
}

const OK = 0x00
const EOF = 0xfe
const ERR = 0xff

export function mysqlSource(options: MysqlOptions): Source {
  return {
    async open(given, signal) {
      signal.throwIfAborted()
      const timeZone = given.timeZone ?? options.timeZone ?? '+00:00'
      const session = await Session.connect(options)
      const abort = () => void session.kill()
      signal.addEventListener('abort', abort, { once: true })
      try {
        // It may have come while the connection was made, when nobody listened.
        signal.throwIfAborted()
        await session.prepareForExport(timeZone)
        const query = await withNames(session, given)
        await checkCursor(session, query)
        const statement = rangeStatement(query)
        await prepare(session, statement)
        const release = () => signal.removeEventListener('abort', abort)
        const rows = new MysqlRows(session, timeZone, { statement, names: query.names }, release)
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
        return await estimateOf(session, rangeStatement(await withNames(session, query)))
      } finally {
        await end()
      }
    },

    async keySpace(query, signal) {
      const { session, end } = await connect(options, query, signal)
      try {
        return new MysqlKeySpace(session, await withNames(session, query), end)
      } catch (error) {
        await end()
        throw error
      }
    },
  }
}

/** A session for questions about an export, which an abort ends on the server as it does the export itself. */
async function connect(options: MysqlOptions, query: Pick<RangeQuery, 'timeZone'>, signal: AbortSignal) {
  signal.throwIfAborted()
  const session = await Session.connect(options)
  const abort = () => void session.kill()
  signal.addEventListener('abort', abort, { once: true })
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
 * `key > cursor` passes over a second row with the cursor's key, which nobody has seen, and over every key that the
 * column's collation takes for the same, whatever its bytes. A `SELECT` that finds two of them says so.
 */
async function checkCursor(session: Session, query: RangeQuery): Promise<void> {
  const { key, after } = query
  if (key === null || after === null) return
  const statement = sameKeyStatement(query, after)
  await prepare(session, statement)
  const same = await session.run(execution(statement), valuesOf(statement))
  if (same.length > 1) {
    throw new KeyNotUnique(
      `The key ${key} has a value twice, or two values that the database takes for the same: a key must be unique`,
    )
  }
}

class MysqlRows implements Rows {
  columns: readonly SourceColumn[] = []
  readonly timeZone: string
  readonly #session: Session
  readonly #statement: Statement
  readonly #names: readonly string[] | undefined
  readonly #release: () => void
  #receiver: Receiver | null = null
  /** Packets that came in one batch with the last column's definition. */
  #rest: Batch | null = null
  #state: 'running' | 'ended' | 'closed' = 'running'

  /** @param wrapped the statement, and the names that its columns had before it was wrapped */
  constructor(
    session: Session,
    timeZone: string,
    wrapped: { statement: Statement; names: readonly string[] | undefined },
    release: () => void,
  ) {
    this.#session = session
    this.timeZone = timeZone
    this.#statement = wrapped.statement
    this.#names = wrapped.names
    this.#release = release
  }

  /** Sends the statement and reads the columns' definitions; rows may already have come along. */
  async start(): Promise<void> {
    const receiver = new Receiver(this.#session)
    this.#receiver = receiver
    this.#session.socket.write(commandPacket(execution(this.#statement)))
    const columns: SourceColumn[] = []
    let expected = -1
    for (;;) {
      const batch = await this.#packets(receiver)
      for (let index = 0; index < batch.rows; index++) {
        const packet = batch.bytes.subarray(batch.starts[index]!, batch.ends[index]!)
        if (expected === -1) {
          this.#refuse(packet)
          if (packet[0] === OK)
            throw toCarryoutError({ message: 'the statement returns no rows; an export is a SELECT', errno: 1 })
          expected = packet[0]! < 0xfb ? packet[0]! : packet.readUInt16LE(1)
        } else if (columns.length < expected) {
          const column = readColumn(packet)
          columns.push({ ...column, name: this.#names?.[columns.length] ?? column.name })
        } else {
          // The EOF packet between definitions and rows; what follows it are rows.
          this.#rest = dropFirst(batch, index + 1)
          this.columns = columns
          return
        }
      }
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const receiver = this.#receiver
    if (!receiver) return
    for (;;) {
      const batch = this.#rest ?? (await this.#packets(receiver))
      this.#rest = null
      if (batch.rows === 0) continue
      const last = batch.rows - 1
      const start = batch.starts[last]!
      const mark = batch.bytes[start]!
      const length = batch.ends[last]! - start
      // The end of the rows, and an error in their midst, are the last packet that the server sends.
      if (mark === ERR) this.#refuse(batch.bytes.subarray(start, batch.ends[last]!))
      const ended = mark === EOF && length < 9
      if (ended) {
        this.#state = 'ended'
        batch.rows = last
      }
      if (batch.rows > 0) yield batch
      if (ended) return
    }
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    const ended = this.#state === 'ended'
    this.#state = 'closed'
    this.#release()
    if (ended) this.#session.quit()
    else await this.#session.kill()
  }

  async #packets(receiver: Receiver): Promise<Batch> {
    try {
      return await receiver.packets()
    } catch (error) {
      throw toCarryoutError(error as ServerFailure)
    }
  }

  /** Throws what an ERR packet says: number, `#`, SQLSTATE, message. */
  #refuse(packet: Buffer): void {
    if (packet[0] !== ERR) return
    const hasState = packet[3] === 0x23
    throw toCarryoutError(
      {
        errno: packet.readUInt16LE(1),
        sqlState: hasState ? packet.toString('latin1', 4, 9) : undefined,
        message: packet.toString('utf8', hasState ? 9 : 3),
      },
      valuesOf(this.#statement),
    )
  }
}

function dropFirst(batch: Batch, count: number): Batch {
  batch.starts.copyWithin(0, count, batch.rows)
  batch.ends.copyWithin(0, count, batch.rows)
  batch.rows -= count
  return batch
}

/** COM_QUERY. The statement is short (`EXECUTE …`): it fits one packet. */
function commandPacket(statement: string): Buffer {
  const text = Buffer.from(statement)
  const packet = Buffer.alloc(5 + text.length)
  packet.writeUIntLE(1 + text.length, 0, 3)
  packet[4] = 0x03
  text.copy(packet, 5)
  return packet
}
