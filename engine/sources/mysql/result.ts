/** One result of the text protocol, from its first packet to its last, as a receiver takes them from the socket. */
import { DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import type { Batch } from '../../rows/batch.ts'
import { type ResultColumn, readColumn } from './columns.ts'
import { type ServerFailure, toCarryoutError } from './failure.ts'
import { isEnd, type Packets, type Receiver } from './receiver.ts'

const OK = 0x00
const LOCAL_FILE = 0xfb
const ERR = 0xff
/** A column's definition begins with the catalogue's name, which is always this. */
const DEFINITION = Buffer.from('\x03def')
const MORE_RESULTS = 0x0008

export type Refuse = (failure: ServerFailure) => Error

export class Result {
  columns: readonly ResultColumn[] = []
  /** How many warnings the server has of the statement, at most 65,535; known once the last row was read. */
  warnings = 0
  readonly #receiver: Receiver
  readonly #refuse: Refuse
  /** Rows that came in one batch with the last column's definition. */
  #rest: Packets | null = null
  #ended = false

  /** @param refuse makes the error of what the server said */
  constructor(receiver: Receiver, refuse: Refuse) {
    this.#receiver = receiver
    this.#refuse = refuse
  }

  /** Reads the columns' definitions; rows may already have come along. Throws what the server refuses the statement with. */
  async start(): Promise<void> {
    const columns: ResultColumn[] = []
    let expected = -1
    for (;;) {
      const batch = await this.#packets()
      for (let index = 0; index < batch.rows; index++) {
        const packet = batch.bytes.subarray(batch.starts[index]!, batch.ends[index]!)
        if (packet[0] === ERR) throw this.#refusal(packet)
        if (expected === -1) expected = columnCount(packet)
        else if (columns.length < expected) columns.push(definition(packet))
        else {
          if (!isEnd(packet, 0, packet.length)) throw illegal('no end of the columns')
          // What follows are rows.
          this.#rest = withoutFirst(batch, index + 1)
          this.columns = columns
          return
        }
      }
    }
  }

  /** The next rows; null once the last one was read. Throws what the server ends them with. */
  async next(): Promise<Batch | null> {
    while (!this.#ended) {
      const batch = this.#rest ?? (await this.#packets())
      this.#rest = null
      const { last } = batch
      if (last !== -1) {
        this.#end(batch.bytes.subarray(batch.starts[last]!, batch.ends[last]!), batch.rows - last - 1)
        batch.rows = last
      }
      if (batch.rows > 0) return batch
    }
    return null
  }

  #end(packet: Buffer, following: number): void {
    if (packet[0] === ERR) throw this.#refusal(packet)
    // EOF: the number of warnings, and the server's state.
    if (packet.length < 5) throw illegal('an end of the rows without its state')
    if ((packet.readUInt16LE(3) & MORE_RESULTS) !== 0)
      throw new QueryFailed('The query gives several results. An export is one SELECT, so none of them was exported.')
    if (following > 0) throw illegal('something after the last row')
    this.warnings = packet.readUInt16LE(1)
    this.#ended = true
  }

  /** What an ERR packet says: number, `#`, SQLSTATE, message. */
  #refusal(packet: Buffer): Error {
    if (packet.length < 3) return illegal('an error without a number')
    const hasState = packet.length >= 9 && packet[3] === 0x23
    return this.#refuse({
      errno: packet.readUInt16LE(1),
      sqlState: hasState ? packet.toString('latin1', 4, 9) : undefined,
      message: packet.toString('utf8', hasState ? 9 : 3),
    })
  }

  async #packets(): Promise<Packets> {
    try {
      return await this.#receiver.packets()
    } catch (error) {
      throw toCarryoutError(error as ServerFailure)
    }
  }
}

function columnCount(packet: Buffer): number {
  const first = packet[0]
  // Statements that give no rows are refused before they run; this is the server's last word on it.
  if (first === OK) throw new QueryFailed('The query gives no rows. An export is one SELECT.')
  if (first === undefined || first === LOCAL_FILE) throw illegal('no result')
  if (first < LOCAL_FILE) return first
  if (first !== 0xfc || packet.length < 3) throw illegal('too many columns')
  return packet.readUInt16LE(1)
}

function definition(packet: Buffer): ResultColumn {
  if (!packet.subarray(0, DEFINITION.length).equals(DEFINITION)) throw illegal('no definition of a column')
  try {
    return readColumn(packet)
  } catch (cause) {
    throw illegal('half a definition of a column', cause)
  }
}

/** A broken connection, or a proxy that is: another one may do. */
function illegal(what: string, cause?: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(`The database’s answer cannot be understood: it has ${what}`, { cause })
}

function withoutFirst(batch: Packets, count: number): Packets {
  batch.starts.copyWithin(0, count, batch.rows)
  batch.ends.copyWithin(0, count, batch.rows)
  batch.rows -= count
  batch.last = -1
  for (let row = 0; row < batch.rows && batch.last === -1; row++) {
    if (isEnd(batch.bytes, batch.starts[row]!, batch.ends[row]!)) batch.last = row
  }
  return batch
}
