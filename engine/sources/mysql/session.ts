import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ResultSetHeader } from 'mysql2'
import { type CarryoutError, DatabaseUnavailable } from '../../../statemachine/errors.ts'
import type { Mysql2Field } from './columns.ts'
import { type Endpoint, type MysqlAddress, type OpenConnection, openConnection } from './connection.ts'
import { refusedByServer, type ServerFailure, toCarryoutError } from './failure.ts'
import { LIVENESS_TIMES, Liveness, type Sign, type Watched } from './liveness.ts'
import type { Parameter } from './parameter.ts'
import { type ReadingSocket, readIntoOneBuffer } from './socket.ts'
import { QUIET_SQL, type Warning } from './warnings.ts'

/** How long a statement of the session's set-up may take. Each is short, regardless of the export. */
const SET_UP_MILLIS = 20_000
/** How long a question about another session may take. */
const LOOK_MILLIS = 5_000
/** How many connections to try to reach the same server again behind an address that spreads connections. */
const SAME_SERVER_TRIES = 4
/** How long the server waits for a slow upload before it stops sending rows; longer than any function runs. */
const WRITE_TIMEOUT_SECONDS = 3600
/** How long to wait for a killed query to end. */
const KILL_MILLIS = 5_000

/** The server's own identity. */
const SERVER = "CONCAT_WS('/', @@hostname, @@port, @@server_id)"
const WHO = `SELECT ${SERVER} AS server`
/** A proxy may have reported a different connection id at log-in than the server's own. */
const FACTS = `SELECT VERSION() AS version, ${SERVER} AS server, CONNECTION_ID() AS id`
/**
 * MySQL cannot fill information_schema.PROCESSLIST while any session runs a statement with a character beyond utf8mb3,
 * such as 😀 (error 3854).
 */
const LIST = 'SHOW PROCESSLIST'

interface Listed {
  Id: number | string
  Command: string
}

/** One connection to the database: logged in, then handed over to a receiver for reading rows. */
export class Session implements Watched {
  readonly #address: MysqlAddress
  readonly #connection: OpenConnection
  /** See `Opened`. */
  readonly #plain: ReadingSocket | null
  /** The address of the server itself, because the host name may resolve to several servers. */
  readonly #at: Endpoint
  readonly liveness: Liveness
  isMariaDb = false
  /** The server's identity, to recognize it; null until the session is prepared. */
  #server: string | null = null
  /** The server's id of this session; null if its process list does not show it. */
  #listedId: number | null = null
  #isSilent = false
  #killed: Promise<void> | null = null

  private constructor(address: MysqlAddress, connection: OpenConnection, plain: ReadingSocket | null) {
    this.#address = address
    this.#connection = connection
    this.#plain = plain
    this.#at = { host: connection.stream.remoteAddress ?? address.host, port: address.port }
    this.liveness = new Liveness(this, address.liveness ?? LIVENESS_TIMES)
  }

  /**
   * @param at one of the servers that the address may resolve to; its certificate is still verified against the
   * address's name
   */
  static async connect(address: MysqlAddress, at: Endpoint = address): Promise<Session> {
    const { connection, plain } = await openConnection(address, at)
    return new Session(address, connection, plain)
  }

  /** The socket with decrypted data. */
  get socket(): Socket {
    return this.#connection.stream
  }

  /**
   * Sends everything that the server sends from now on to the listener, instead of to mysql2. The bytes are valid until
   * the listener returns.
   */
  receive(listener: (bytes: Buffer) => void): void {
    this.socket.removeAllListeners('data')
    if (this.#plain) this.#plain.receive(listener)
    else if (!readIntoOneBuffer(this.socket, listener)) this.socket.on('data', listener)
  }

  get id(): number {
    return this.#listedId ?? this.#connection.threadId
  }

  /** Sets everything that could make the same query return other bytes, or end it early. */
  async prepareForExport(timeZone: string): Promise<void> {
    const [facts] = await this.#setUp<{ version: string; server: string; id: number | string }>(FACTS)
    this.isMariaDb = /mariadb/i.test(facts?.version ?? '')
    this.#server = facts?.server ?? null
    const listed = await this.#setUp<Listed>(LIST)
    this.#listedId = listed.map(({ Id }) => Number(Id)).find((id) => id === Number(facts?.id)) ?? null
    await this.#setUp('SET NAMES utf8mb4')
    await this.#setUp(
      `SET SESSION net_write_timeout = ${WRITE_TIMEOUT_SECONDS}, SESSION sql_select_limit = 18446744073709551615, ${QUIET_SQL}, ` +
        // Only an administrator can make MySQL list more warnings.
        `SESSION ${this.isMariaDb ? 'max_error_count = 65535, SESSION max_statement_time' : 'max_execution_time'} = 0`,
    )
    await this.bind('SET SESSION time_zone = ?', [{ value: timeZone }])
    await this.#setUp('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
    await this.#setUp('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  }

  #setUp<Row>(statement: string): Promise<Row[]> {
    return this.run<Row>(statement, [], { limitMillis: SET_UP_MILLIS })
  }

  /**
   * Runs one request and waits for its response; until then the socket belongs to mysql2.
   *
   * @param limitMillis for statements that are always quick; others take as long as the server works on them
   */
  async #call<T>(
    ask: (resolve: (answer: T) => void, reject: (error: unknown) => void) => void,
    limitMillis?: number,
  ): Promise<T> {
    const late = () => this.giveUp(`the server did not answer within ${limitMillis! / 1000} s`)
    const timer = limitMillis === undefined ? undefined : setTimeout(late, limitMillis)
    this.liveness.begin()
    try {
      return await new Promise<T>(ask)
    } finally {
      this.liveness.end()
      clearTimeout(timer)
    }
  }

  /** @param options.isRunning whether it is a query of the export, which may read rows */
  run<Row>(
    statement: string,
    values: readonly unknown[] = [],
    { limitMillis, isRunning = false }: { limitMillis?: number; isRunning?: boolean } = {},
  ): Promise<Row[]> {
    return this.#call((resolve, reject) => {
      this.#connection.query(statement, (error, rows) =>
        error
          ? reject(this.refusal(error, values, { isRunning }))
          : resolve(Array.isArray(rows) ? (rows as Row[]) : []),
      )
    }, limitMillis)
  }

  /** Makes the error for the server's refusal. @param values of the statement, which no message may quote */
  refusal(failure: ServerFailure, values: readonly unknown[] = [], options?: { isRunning: boolean }): CarryoutError {
    this.#address.onServerError?.(failure.message)
    return toCarryoutError(failure, values, options)
  }

  /** Returns the warnings about the last statement. */
  async warnings(): Promise<Warning[]> {
    const rows = await this.run<{ Level: string; Code: number; Message: string }>('SHOW WARNINGS', [], {
      limitMillis: SET_UP_MILLIS,
    })
    return rows.map(({ Level, Code, Message }) => ({ level: Level, code: Number(Code), message: Message }))
  }

  /** Runs a statement without `?` and returns the server's own text of every value. */
  texts(
    statement: string,
    values: readonly unknown[] = [],
  ): Promise<{ fields: Mysql2Field[]; rows: (Buffer | null)[][] }> {
    const query = {
      sql: statement,
      rowsAsArray: true,
      typeCast: (field: { buffer(): Buffer | null }) => field.buffer(),
    }
    return this.#call((resolve, reject) => {
      this.#connection.query(query, (error, rows, fields) =>
        error
          ? reject(this.refusal(error, values, { isRunning: true }))
          : resolve({ rows: rows as unknown as (Buffer | null)[][], fields: fields as unknown as Mysql2Field[] }),
      )
    })
  }

  /** Returns the columns that a statement would return, without running it; none if it returns no rows. */
  columnsOf(statement: string, values: readonly unknown[] = []): Promise<Mysql2Field[]> {
    return this.#call((resolve, reject) => {
      this.#connection.prepare(statement, (error, prepared) => {
        if (error) return reject(this.refusal(error, values))
        this.#connection.unprepare(statement)
        resolve((prepared as unknown as { columns: Mysql2Field[] }).columns)
      })
    })
  }

  /**
   * Sets variables to bound parameters with the binary protocol.
   *
   * @returns the server's number of warnings about it
   */
  bind(statement: string, parameters: readonly Pick<Parameter, 'value'>[]): Promise<number> {
    const values = parameters.map((each) => each.value)
    return this.#call((resolve, reject) => {
      this.#connection.execute(statement, values, (error, result) =>
        error ? reject(this.refusal(error, values)) : resolve((result as ResultSetHeader).warningStatus),
      )
    }, SET_UP_MILLIS)
  }

  /** Sends a quit command, after the last row. */
  quit(): void {
    this.socket.end(Buffer.of(1, 0, 0, 0, 1))
    this.#forget()
  }

  /**
   * Sends a quit command and waits until the server has received it, so that the database no longer sees this session.
   */
  async leave(): Promise<void> {
    const { socket } = this
    this.quit()
    if (socket.closed) return
    // `once` of node:events would throw on a reset, which is how some servers end a session, such as MariaDB over TLS.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await Promise.race([closed, sleep(KILL_MILLIS, undefined, { ref: false })])
  }

  /**
   * Ends a running query on the server over a second connection and waits until it is gone, because only then may the
   * next one begin. The socket is closed before waiting: a server that is blocked by a full socket may not notice the
   * KILL.
   */
  async kill(): Promise<void> {
    this.#killed ??= this.#kill()
    await this.#killed
  }

  async #kill(): Promise<void> {
    this.#forget()
    let other: Session | null = null
    try {
      // A server that did not answer will not receive a KILL either.
      other = this.#isSilent ? null : await this.#sameServer()
      if (!other) return
      await other.run(`KILL ${this.id}`, [], { limitMillis: LOOK_MILLIS })
      this.socket.destroy()
      const until = Date.now() + KILL_MILLIS
      for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    } catch {
      // There is no second connection, or the thread is gone already. A closed socket makes the server stop at its next
      // row.
    } finally {
      this.socket.destroy()
      other?.quit()
    }
  }

  /** Ends the running query on the server over a second connection; this session stays open. Throws if it cannot. */
  async killQuery(): Promise<void> {
    const other = await this.#sameServer()
    if (!other) throw new DatabaseUnavailable('No second connection reaches the server that runs the query')
    try {
      await other.run(`KILL QUERY ${this.id}`, [], { limitMillis: LOOK_MILLIS })
    } finally {
      other.quit()
    }
  }

  async look(): Promise<Sign> {
    let other: Session | null = null
    try {
      other = await this.#sameServer()
      if (!other) return 'works'
      const command = await other.#commandOf(this.id)
      return this.#listedId !== null && (command === null || command === 'Sleep') ? 'idle' : 'works'
    } catch (error) {
      // The server refused the connection or the question, for example because of too many connections, so it is alive.
      return refusedByServer(error) ? 'works' : 'silent'
    } finally {
      other?.quit()
    }
  }

  giveUp(reason: string): void {
    this.#isSilent = true
    this.socket.destroy(new Error(reason))
  }

  /**
   * Opens a second connection to the server that this one reached. The host name may resolve to another server, as a
   * reader endpoint's does, so the address is used. An address may also lead to another server, as a proxy's does, so
   * the server is asked for its identity.
   *
   * @returns null if that server was not reached
   */
  async #sameServer(): Promise<Session | null> {
    for (let tries = 0; tries < SAME_SERVER_TRIES; tries++) {
      const other = await Session.connect(this.#address, this.#at)
      if (this.#server === null) return other
      let isSame = false
      try {
        const [row] = await other.run<{ server: string }>(WHO, [], { limitMillis: LOOK_MILLIS })
        isSame = row?.server === this.#server
      } finally {
        if (!isSame) other.quit()
      }
      if (isSame) return other
    }
    return null
  }

  /** Returns a session's command from the server's process list; null if the session is not in it. */
  async #commandOf(id: number): Promise<string | null> {
    const sessions = await this.run<Listed>(LIST, [], { limitMillis: LOOK_MILLIS })
    return sessions.find(({ Id }) => Number(Id) === id)?.Command ?? null
  }

  /** Stops reporting the end of the connection. */
  #forget(): void {
    this.liveness.stop()
    this.socket.on('error', () => {})
  }
}
