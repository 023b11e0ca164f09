import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Connection, createConnection } from 'mysql2'
import type { Mysql2Field } from './columns.ts'
import { toCarryoutError, toUnavailable } from './failure.ts'
import type { Parameter } from './parameter.ts'
import { hintOf, refusalOf } from './refusal.ts'
import { openSocket, type ReadingSocket } from './socket.ts'
import { MAX_SORT_LENGTH } from './statement.ts'
import { nameToVerify, sslOptions, type Tls } from './tls.ts'

export interface MysqlAddress {
  host: string
  port: number
  user: string
  /** A function is asked again for each connection: an IAM token lives for minutes, a query may live longer. */
  password: string | (() => Promise<string>)
  /** The password is an IAM token, which RDS wants in clear text; never without TLS. */
  iam?: boolean | undefined
  database: string
  /** The server's certificate and name are always verified; `off` is plain text. */
  tls: Tls | 'off'
}

const CONNECT_MILLIS = 10_000
/** A server waits this long for a slow upload before it gives up writing rows; longer than any function lives. */
const WRITE_TIMEOUT_SECONDS = 3600
/** How long a query that was killed may take to end before it is left to itself. */
const KILL_MILLIS = 5_000

/** A connection with what mysql2 knows of it and its types do not say. */
type OpenConnection = Connection & { stream: Socket }

/** One connection of ours: logged in, then handed over to a receiver once rows are to come. */
export class Session {
  readonly #address: MysqlAddress
  readonly #connection: OpenConnection
  /** Null where mysql2 decrypts what arrives: then its socket makes a buffer for each read. */
  readonly #plain: ReadingSocket | null
  isMariaDb = false
  #killed: Promise<void> | null = null

  private constructor(address: MysqlAddress, connection: OpenConnection, plain: ReadingSocket | null) {
    this.#address = address
    this.#connection = connection
    this.#plain = plain
  }

  static async connect(address: MysqlAddress): Promise<Session> {
    const { host, port, user, database, tls, iam = false } = address
    const password = typeof address.password === 'string' ? address.password : await address.password()
    const encrypted = tls === 'off' ? null : { ssl: sslOptions(tls), host: nameToVerify(host, tls) }
    const plain = encrypted ? null : openSocket(host, port)
    const connection = createConnection({
      host,
      port,
      user,
      password,
      database,
      stream: () => plain?.socket ?? connect({ host, port, noDelay: true, keepAlive: true }),
      // The name that mysql2 verifies is its `host`.
      ...encrypted,
      enableCleartextPlugin: iam && encrypted !== null,
      charset: 'utf8mb4',
      connectTimeout: CONNECT_MILLIS,
      multipleStatements: false,
      // Neither local files nor query attributes: the packet that starts the rows is written without mysql2.
      flags: ['-LOCAL_FILES', '-CLIENT_QUERY_ATTRIBUTES', '-FOUND_ROWS'],
    }) as OpenConnection
    await new Promise<void>((resolve, reject) => {
      connection.once('error', reject)
      connection.connect((error) => (error ? reject(error) : resolve()))
    }).catch((error) => {
      const refusal = refusalOf(error, `${host}:${port}`, connection.stream)
      connection.destroy()
      throw refusal ?? toUnavailable(error, `${host}:${port}`, hintOf(error, { tls: encrypted !== null, iam }))
    })
    // Whoever waits is told by its own call; without a listener an idle connection's end would end the process.
    connection.on('error', () => {})
    return new Session(address, connection, plain)
  }

  /** The socket, decrypted. */
  get socket(): Socket {
    return this.#connection.stream
  }

  /** What the server sends from now on is the listener's, and valid until it returns; mysql2 hears no more of it. */
  receive(listener: (bytes: Buffer) => void): void {
    this.socket.removeAllListeners('data')
    if (this.#plain) this.#plain.receive(listener)
    else this.socket.on('data', listener)
  }

  get id(): number {
    return this.#connection.threadId ?? 0
  }

  /** Everything that would make the same query give other bytes, or end it early, is set here. */
  async prepareForExport(timeZone: string): Promise<void> {
    const [{ version } = { version: '' }] = await this.run<{ version: string }>('SELECT VERSION() AS version')
    this.isMariaDb = /mariadb/i.test(version)
    await this.run('SET NAMES utf8mb4')
    await this.run(
      `SET SESSION net_write_timeout = ${WRITE_TIMEOUT_SECONDS}, sql_select_limit = 18446744073709551615, ` +
        `max_sort_length = ${MAX_SORT_LENGTH}, ${this.isMariaDb ? 'max_statement_time' : 'max_execution_time'} = 0`,
    )
    await this.bind('SET SESSION time_zone = ?', [{ value: timeZone }])
    await this.run('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await this.run('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  }

  run<Row>(statement: string, values: readonly unknown[] = []): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      this.#connection.query(statement, (error, rows) =>
        error ? reject(toCarryoutError(error, values)) : resolve(Array.isArray(rows) ? (rows as Row[]) : []),
      )
    })
  }

  /** Runs a statement without `?` and gives the server's own text of every value. */
  texts(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<{ fields: Mysql2Field[]; rows: (Buffer | null)[][] }> {
    const query = {
      sql: statement,
      rowsAsArray: true,
      typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
    }
    return new Promise((resolve, reject) => {
      this.#connection.query(query, (error, rows, fields) =>
        error
          ? reject(toCarryoutError(error, values))
          : resolve({ rows: rows as unknown as (Buffer | null)[][], fields: fields as unknown as Mysql2Field[] }),
      )
    })
  }

  /** The columns that a statement would give; none where it gives no rows. It is not run. */
  columnsOf(statement: string, values: readonly unknown[] = []): Promise<Mysql2Field[]> {
    return new Promise((resolve, reject) => {
      this.#connection.prepare(statement, (error, prepared) => {
        if (error) return reject(toCarryoutError(error, values))
        this.#connection.unprepare(statement)
        resolve((prepared as unknown as { columns: Mysql2Field[] }).columns)
      })
    })
  }

  /** Runs a statement whose `?` are bound parameters, by the binary protocol. */
  bind<Row>(statement: string, parameters: readonly Pick<Parameter, 'value'>[]): Promise<Row[]> {
    const values = parameters.map((each) => each.value)
    return new Promise((resolve, reject) => {
      this.#connection.execute(statement, values, (error, rows) =>
        error ? reject(toCarryoutError(error, values)) : resolve(Array.isArray(rows) ? (rows as Row[]) : []),
      )
    })
  }

  /** Says good-bye, after the last row. */
  quit(): void {
    this.socket.end(Buffer.of(1, 0, 0, 0, 1))
    this.#forget()
  }

  /** Says good-bye and waits until the server has heard it: then the database no longer sees this session. */
  async leave(): Promise<void> {
    const { socket } = this
    this.quit()
    if (socket.closed) return
    // Not by `once` of node:events, which throws a reset: to some servers, as MariaDB over TLS, that is a good-bye.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await Promise.race([closed, sleep(KILL_MILLIS, undefined, { ref: false })])
  }

  /**
   * Ends a running query on the server, over a second connection, and waits until it is gone: only then may the next
   * one begin. The socket is closed in between, since a server that is blocked by a full one may not hear of the KILL.
   */
  async kill(): Promise<void> {
    this.#killed ??= this.#kill()
    await this.#killed
  }

  async #kill(): Promise<void> {
    this.#forget()
    let other: Session | null = null
    try {
      other = await Session.connect(this.#address)
      await other.run(`KILL ${this.id}`)
      this.socket.destroy()
      const until = Date.now() + KILL_MILLIS
      for (let wait = 1; Date.now() < until && (await other.#sees(this.id)); wait = Math.min(2 * wait, 50)) {
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    } catch {
      // No second connection, or the thread is gone already. A closed socket makes the server stop at its next row.
    } finally {
      this.socket.destroy()
      other?.quit()
    }
  }

  async #sees(id: number): Promise<boolean> {
    const rows = await this.run<{ id: number }>(`SELECT ID AS id FROM information_schema.PROCESSLIST WHERE ID = ${id}`)
    return rows.length > 0
  }

  /** From here on the end of the connection is no news. */
  #forget(): void {
    this.socket.on('error', () => {})
  }
}
