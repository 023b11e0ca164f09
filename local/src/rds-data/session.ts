/** One connection to the database that runs one statement at a time, within the Data API's limits. */
import { type Connection, createConnection, type QueryError, type ResultSetHeader } from 'mysql2'
import type { Ssl } from '../database/external-tls.ts'
import { type DescribedColumn, describeColumn, type ResultColumn } from './columns.ts'
import { databaseError, RdsDataError, resultTooLarge, rowTooLarge } from './errors.ts'
import type { RdsDataLimits } from './limits.ts'
import type { BoundStatement } from './parameters.ts'
import { byteLengthOf, type ResultSetOptions, type ResultValue, renderField, renderObject } from './render.ts'

export interface SessionAddress {
  host: string
  port: number
  user: string
  password: string
  database: string | undefined
  ssl?: Ssl
}

export interface RunOptions {
  resultSetOptions: ResultSetOptions
  /** Returns one object per row instead of the rows' fields. */
  asObjects: boolean
  /** Reports a time-out to the caller but lets the statement continue. */
  continueAfterTimeout: boolean
}

export interface StatementResult {
  /** Null for a statement that returns no rows. */
  columns: DescribedColumn[] | null
  /** The rows' JSON. */
  rows: string[]
  affectedRows: number
  insertId: number
}

/** ER_UNSUPPORTED_PS: a statement such as KILL that cannot be prepared. */
const NOT_PREPARABLE = 1295

const ASKS_FOR_WARNINGS = /^\s*SHOW\s+(?:COUNT\(\*\)\s+)?(?:WARNINGS|ERRORS)\b/i

export class Session {
  readonly #address: SessionAddress
  readonly #limits: RdsDataLimits
  readonly #connection: Connection
  #running: Promise<unknown> | null = null

  private constructor(address: SessionAddress, limits: RdsDataLimits, connection: Connection) {
    this.#address = address
    this.#limits = limits
    this.#connection = connection
  }

  /** @throws RdsDataError if the database is unreachable or refuses the secret's account */
  static async open(address: SessionAddress, limits: RdsDataLimits): Promise<Session> {
    const connection = createConnection({
      ...address,
      charset: 'utf8mb4',
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      jsonStrings: true,
      rowsAsArray: true,
      maxPreparedStatements: 8,
      flags: ['-LOCAL_FILES', '-FOUND_ROWS'],
    })
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject)
      connection.connect((error) => (error ? reject(error) : resolve()))
    }).catch((error) => {
      connection.destroy()
      throw databaseError(error)
    })
    // If the connection breaks between two statements, the next one reports it.
    connection.on('error', () => {})
    return new Session(address, limits, connection)
  }

  get isBusy(): boolean {
    return this.#running !== null
  }

  /** The server's id of the connection. */
  get id(): number {
    return this.#connection.threadId ?? 0
  }

  run(statement: BoundStatement, options: RunOptions): Promise<StatementResult> {
    const running = this.#run(statement, options)
    const settled = running.then(
      () => {},
      () => {},
    )
    this.#running = settled
    // A statement that continues after its time-out keeps its session busy.
    void settled.then(() => {
      if (this.#running === settled) this.#running = null
    })
    return this.#withinTime(running, options)
  }

  /** Ends the connection and everything that runs on it. */
  async close(): Promise<void> {
    if (this.isBusy) await this.#kill('CONNECTION')
    this.#connection.destroy()
  }

  /** Ends the connection once it is idle. */
  closeWhenIdle(): void {
    void (this.#running ?? Promise.resolve()).then(() => this.#connection.destroy())
  }

  async #withinTime(running: Promise<StatementResult>, { continueAfterTimeout }: RunOptions): Promise<StatementResult> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), this.#limits.statementMillis)
    })
    try {
      const outcome = await Promise.race([running, late])
      if (outcome !== 'late') return outcome
    } finally {
      clearTimeout(timer)
    }
    running.catch(() => {})
    if (!continueAfterTimeout) {
      await this.#kill('QUERY')
      await running.catch(() => {})
    }
    throw new RdsDataError('StatementTimeoutException', 'Request timed out', { dbConnectionId: this.id })
  }

  async #run(statement: BoundStatement, options: RunOptions): Promise<StatementResult> {
    try {
      // Not prepared, because then they would describe their own preparation.
      const how = ASKS_FOR_WARNINGS.test(statement.text) ? 'query' : 'execute'
      return await this.#send(how, statement, options)
    } catch (error) {
      const isPlain = statement.values.length === 0 && (error as QueryError).errno === NOT_PREPARABLE
      if (!isPlain) throw error instanceof RdsDataError ? error : databaseError(error as QueryError)
    }
    try {
      return await this.#send('query', statement, options)
    } catch (error) {
      throw error instanceof RdsDataError ? error : databaseError(error as QueryError)
    }
  }

  #send(how: 'execute' | 'query', { text, values }: BoundStatement, options: RunOptions): Promise<StatementResult> {
    const { resultSetOptions, asObjects } = options
    const { resultBytes, formattedBytes, rowBytes } = this.#limits
    const result: StatementResult = { columns: null, rows: [], affectedRows: 0, insertId: 0 }
    let bytes = 0
    let refused: RdsDataError | null = null
    let killed: Promise<void> | null = null
    const refuse = (error: RdsDataError) => {
      refused = error
      result.rows = []
      killed = this.#kill('QUERY')
    }
    const take = (row: ResultValue[], columns: DescribedColumn[]) => {
      const size = row.reduce((sum: number, value) => sum + byteLengthOf(value), 0)
      if (size > rowBytes) return refuse(rowTooLarge(size, rowBytes))
      const json = asObjects
        ? renderObject(row, columns, resultSetOptions)
        : `[${row.map((value, index) => renderField(value, columns[index]!.rendering, resultSetOptions)).join(',')}]`
      bytes += Buffer.byteLength(json) + 1
      if (bytes > (asObjects ? formattedBytes : resultBytes)) return refuse(resultTooLarge())
      result.rows.push(json)
    }
    return new Promise<StatementResult>((resolve, reject) => {
      const command = how === 'execute' ? this.#connection.execute(text, values) : this.#connection.query(text)
      command.on('fields', (fields: ResultColumn[] | undefined) => {
        result.columns = fields ? fields.map(describeColumn) : null
      })
      command.on('result', (row: ResultValue[] | ResultSetHeader) => {
        if (refused) return
        if (result.columns) take(row as ResultValue[], result.columns)
        else {
          result.affectedRows = (row as ResultSetHeader).affectedRows
          result.insertId = (row as ResultSetHeader).insertId
        }
      })
      command.on('error', reject)
      command.on('end', () => resolve(result))
    })
      .catch((error) => {
        if (!refused) throw error
        return result
      })
      .then(async (ended) => {
        await killed
        if (refused) throw refused
        return ended
      })
  }

  async #kill(what: 'QUERY' | 'CONNECTION'): Promise<void> {
    const other = createConnection({ ...this.#address, database: undefined })
    await new Promise<void>((resolve) => {
      other.on('error', () => resolve())
      // The number is the server's own, so it may be part of the text. If this fails, the connection is gone already.
      other.query(`KILL ${what} ${Number(this.id)}`, () => resolve())
    })
    other.destroy()
  }
}
