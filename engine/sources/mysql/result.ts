/** Reads one result of the text protocol from a receiver, from its first packet to its last. */
import { DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import type { Batch } from '../../rows/batch.ts'
import { type ResultColumn, readColumn } from './columns.ts'
import { type ServerFailure, toCarryoutError } from './failure.ts'
import { isEnd, type Packets, type Receiver } from './receiver.ts'

const OK = 0x00
const LOCAL_FILE = 0xfb
const ERR = 0xff
/** A column definition always begins with this name of the catalogue. */
const DEFINITION = Buffer.from('\x03def')
const MORE_RESULTS = 0x0008

export type Refuse = (failure: ServerFailure) => Error

export class Result {
  columns: readonly ResultColumn[] = []
  /** The number of warnings about the statement, at most 65,535; known after the last row. */
  warnings = 0
  readonly #receiver: Receiver
  readonly #refuse: Refuse
  /** Rows that arrived in one batch with the last column definition. */
  #rest: Packets | null = null
  #ended = false

  /** @param refuse makes an error from the server's message */
  constructor(receiver: Receiver, refuse: Refuse) {
    this.#receiver = receiver
    this.#refuse = refuse
  }

  /**
   * Reads the column definitions; rows may already have arrived with them. Throws if the server refuses the statement.
   */
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
          // Rows follow.
          this.#rest = withoutFirst(batch, index + 1)
          this.columns = columns
          return
        }
      }
    }
  }

  /** Returns the next rows, or null after the last one. Throws if the server ends them with an error. */
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
    // An EOF packet has the number of warnings and the server's status.
    if (packet.length < 5) throw illegal('an end of the rows without its state')
    if ((packet.readUInt16LE(3) & MORE_RESULTS) !== 0)
      throw new QueryFailed('The query returns several results. An export is one SELECT, so none of them was exported.')
    if (following > 0) throw illegal('something after the last row')
    this.warnings = packet.readUInt16LE(1)
    this.#ended = true
  }

  /** Reads an ERR packet: number, `#`, SQLSTATE, message. */
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
  // Statements without rows are refused before they run; this catches any that were not recognized.
  if (first === OK) throw new QueryFailed('The query returns no rows. An export is one SELECT.')
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

/** The connection or a proxy is broken; another connection may work. */
function illegal(what: string, cause?: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(`The database’s response is malformed: it has ${what}`, { cause })
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
