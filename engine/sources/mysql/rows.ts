/** Reads one export's rows on a direct connection: the rows of one statement, and the server's warnings. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnavailable } from '../../../statemachine/errors.ts'
import { type Batch, locateFields } from '../../rows/batch.ts'
import type { SourceColumn } from '../../rows/column.ts'
import { addCounts } from '../../rows/counts.ts'
import { numberWriter } from '../../rows/number-writer.ts'
import type { RangeQuery, Rows } from '../source.ts'
import { execution, valuesOf } from './prepared.ts'
import { Receiver } from './receiver.ts'
import { Result } from './result.ts'
import type { Session } from './session.ts'
import type { Statement } from './statement.ts'
import { countWarnings, type Warning, type WarningCounts } from './warnings.ts'

/** How long a query that is stopped early may take to end and report its warnings. */
const STOP_MILLIS = 10_000
/** The warning about a query that was stopped early; here it is expected. */
const INTERRUPTED = 1317

const FLOAT_BYTES = 4

export class MysqlRows implements Rows {
  columns: readonly SourceColumn[] = []
  readonly timeZone: string
  warnings: WarningCounts
  readonly #session: Session
  readonly #statement: Statement
  readonly #names: readonly string[] | undefined
  readonly #floats: readonly boolean[] | undefined
  readonly #isWrapped: boolean
  readonly #release: () => void
  readonly #receiver: Receiver
  #result: Result
  #state: 'running' | 'ended' | 'closed' = 'running'

  /**
   * @param wrapped the statement, and its columns before it was wrapped
   * @param options.warnings of earlier statements, such as those about the values
   */
  constructor(
    session: Session,
    { statement, key, names, floats }: Pick<RangeQuery, 'key' | 'names' | 'floats'> & { statement: Statement },
    { timeZone, warnings, release }: { timeZone: string; warnings: WarningCounts; release: () => void },
  ) {
    this.#session = session
    this.#statement = statement
    this.#names = names
    this.#floats = floats
    this.#isWrapped = key !== null || floats !== undefined
    this.timeZone = timeZone
    this.warnings = warnings
    this.#release = release
    this.#receiver = new Receiver(session)
    this.#result = new Result(this.#receiver, (failure) =>
      session.refusal(failure, valuesOf(statement), { isRunning: true }),
    )
  }

  /** Sends the statement and reads the column definitions. */
  async start(): Promise<void> {
    this.#session.socket.write(commandPacket(execution(this.#statement)))
    await this.#result.start()
    this.columns = this.#result.columns.map(({ isOfTable: _, ...column }, index) => ({
      ...column,
      name: this.#names?.[index] ?? column.name,
      precision: this.#floats?.[index] ? FLOAT_BYTES : column.precision,
    }))
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    const result = this.#result
    const numbers = numberWriter(this.columns, (index) => this.#mayLackDigits(index))
    for (let batch = await result.next(); batch; batch = await result.next()) yield numbers?.write(batch) ?? batch
    if (this.#state !== 'running') return
    this.#state = 'ended'
    if (result.warnings > 0) this.#count(await this.#ask('SHOW WARNINGS'), result.warnings)
  }

  /**
   * Whether a decimal may lack digits. MariaDB writes all of them; MySQL does for a table's column, unless it comes
   * from a view.
   */
  #mayLackDigits(index: number): boolean {
    return !this.#session.isMariaDb && !(this.#isWrapped && this.#result.columns[index]!.isOfTable)
  }

  async close({ continued = false }: { continued?: boolean } = {}): Promise<void> {
    if (this.#state === 'closed') return
    const { ended, stopping } = { ended: this.#state === 'ended', stopping: this.#state === 'running' && continued }
    this.#state = 'closed'
    try {
      if (ended) await this.#session.leave()
      else if (stopping) await this.#stop()
      else await this.#session.kill()
    } finally {
      this.#release()
    }
  }

  /** Ends the query but keeps the session, which knows the warnings about the rows that are kept. */
  async #stop(): Promise<void> {
    const late = sleep(STOP_MILLIS, 'late' as const, { ref: false })
    const outcome = await Promise.race([this.#stopAndCount(), late]).catch(async (error) => {
      // The rows are complete; only their warnings are unknown.
      if (error instanceof DatabaseUnavailable) return 'late'
      await this.#session.kill()
      throw error
    })
    if (outcome !== 'late') return this.#session.leave()
    await this.#session.kill()
    this.warnings = addCounts(this.warnings, { unread: 1 })
  }

  async #stopAndCount(): Promise<void> {
    await this.#session.killQuery()
    try {
      while (await this.#result.next());
    } catch {
      // The query was interrupted. If the connection broke, the next statement reports it.
    }
    const [[count] = []] = await this.#ask('SHOW COUNT(*) WARNINGS')
    const total = Number(count ?? 0)
    if (total === 0) return
    const listed = await this.#ask('SHOW WARNINGS')
    const own = listed.filter(([, code]) => Number(code) !== INTERRUPTED)
    this.#count(own, total - (listed.length - own.length))
  }

  #count(listed: string[][], total: number): void {
    const warnings = listed.map(([level, code, message]): Warning => {
      return { level: level!, code: Number(code), message: message! }
    })
    this.warnings = addCounts(this.warnings, countWarnings(warnings, total))
  }

  /** Returns the texts of a short result, row by row. */
  async #ask(statement: string): Promise<string[][]> {
    this.#session.socket.write(commandPacket(statement))
    const result = new Result(this.#receiver, (failure) => this.#session.refusal(failure))
    await result.start()
    const count = result.columns.length
    const starts = new Int32Array(count)
    const ends = new Int32Array(count)
    const rows: string[][] = []
    for (let batch = await result.next(); batch; batch = await result.next()) {
      for (let row = 0; row < batch.rows; row++) {
        locateFields(batch.bytes, batch.starts[row]!, count, starts, ends)
        const { bytes } = batch
        rows.push(
          Array.from(starts, (start, index) => (start === -1 ? '' : bytes.toString('utf8', start, ends[index]!))),
        )
      }
    }
    return rows
  }
}

/** Makes a COM_QUERY packet. The statement is short (`EXECUTE …`) and fits one packet. */
function commandPacket(statement: string): Buffer {
  const text = Buffer.from(statement)
  const packet = Buffer.alloc(5 + text.length)
  packet.writeUIntLE(1 + text.length, 0, 3)
  packet[4] = 0x03
  text.copy(packet, 5)
  return packet
}
