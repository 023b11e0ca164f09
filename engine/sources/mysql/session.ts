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

/** How long a statement of the session's set-up may take: each is short, whatever the export is. */
const SET_UP_MILLIS = 20_000
/** How long a question about another session may take. */
const LOOK_MILLIS = 5_000
/** How often one server behind an address that spreads connections is tried to be reached again. */
const SAME_SERVER_TRIES = 4
/** A server waits this long for a slow upload before it gives up writing rows; longer than any function lives. */
const WRITE_TIMEOUT_SECONDS = 3600
/** How long a query that was killed may take to end before it is left to itself. */
const KILL_MILLIS = 5_000

/** The server's own names of itself. */
const SERVER = "CONCAT_WS('/', @@hostname, @@port, @@server_id)"
const WHO = `SELECT ${SERVER} AS server`
/** A proxy may have told another number at the log-in than the server's own. */
const FACTS = `SELECT VERSION() AS version, ${SERVER} AS server, CONNECTION_ID() AS id`
/**
 * MySQL cannot fill information_schema's table of the same name while any session runs a statement with a character beyond
 * utf8mb3, such as 😀: error 3854.
 */
const LIST = 'SHOW PROCESSLIST'

interface Listed {
  Id: number | string
  Command: string
}

/** One connection to the database: logged in, then handed over to a receiver once rows are to come. */
export class Session implements Watched {
  readonly #address: MysqlAddress
  readonly #connection: OpenConnection
  /** See `Opened`. */
  readonly #plain: ReadingSocket | null
  /** Where the server itself is: its name may stand for several. */
  readonly #at: Endpoint
  readonly liveness: Liveness
  isMariaDb = false
  /** The server's own names, to know it again; null until the session is prepared. */
  #server: string | null = null
  /** The server's number of this session; null where its list of sessions does not show it. */
  #listedId: number | null = null
  #isSilent = false
  #killed: Promise<void> | null = null

  private constructor(address: MysqlAddress, connection: OpenConnection, plain: ReadingSocket | null) {
    this.#address = address
    this.#connection = connection
    this.#plain = plain
    const { remoteAddress, remotePort } = connection.stream
    this.#at = { host: remoteAddress ?? address.host, port: remotePort ?? address.port }
    this.liveness = new Liveness(this, address.liveness ?? LIVENESS_TIMES)
  }

  /** @param at one of the servers that the address may stand for; its certificate is still verified by the address's name */
  static async connect(address: MysqlAddress, at: Endpoint = address): Promise<Session> {
    const { connection, plain } = await openConnection(address, at)
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
    else if (!readIntoOneBuffer(this.socket, listener)) this.socket.on('data', listener)
  }

  get id(): number {
    return this.#listedId ?? this.#connection.threadId ?? 0
  }

  /** Everything that would make the same query give other bytes, or end it early, is set here. */
  async prepareForExport(timeZone: string): Promise<void> {
    const [facts] = await this.#setUp<{ version: string; server: string; id: number | string }>(FACTS)
    this.isMariaDb = /mariadb/i.test(facts?.version ?? '')
    this.#server = facts?.server ?? null
    const listed = await this.#setUp<Listed>(LIST)
    this.#listedId = listed.map(({ Id }) => Number(Id)).find((id) => id === Number(facts?.id)) ?? null
    await this.#setUp('SET NAMES utf8mb4')
    await this.#setUp(
      `SET SESSION net_write_timeout = ${WRITE_TIMEOUT_SECONDS}, SESSION sql_select_limit = 18446744073709551615, ${QUIET_SQL}, ` +
        // MySQL lets only an administrator have more warnings listed.
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
   * One question and its answer; the socket is mysql2's for as long.
   *
   * @param limitMillis of statements that are always quick; others take as long as the server works on them
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

  /** @param options.isRunning it is a query of the export, which may read rows */
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

  /** The error for what the server refused. @param values of the statement, which no message may show */
  refusal(failure: ServerFailure, values: readonly unknown[] = [], options?: { isRunning: boolean }): CarryoutError {
    this.#address.onServerError?.(failure.message)
    return toCarryoutError(failure, values, options)
  }

  /** What the last statement warned of. */
  async warnings(): Promise<Warning[]> {
    const rows = await this.run<{ Level: string; Code: number; Message: string }>('SHOW WARNINGS', [], {
      limitMillis: SET_UP_MILLIS,
    })
    return rows.map(({ Level, Code, Message }) => ({ level: Level, code: Number(Code), message: Message }))
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
    return this.#call((resolve, reject) => {
      this.#connection.query(query, (error, rows, fields) =>
        error
          ? reject(this.refusal(error, values, { isRunning: true }))
          : resolve({ rows: rows as unknown as (Buffer | null)[][], fields: fields as unknown as Mysql2Field[] }),
      )
    })
  }

  /** The columns that a statement would give; none where it gives no rows. It is not run. */
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
   * Sets variables to bound parameters, by the binary protocol.
   *
   * @returns how many warnings the server has of it
   */
  bind(statement: string, parameters: readonly Pick<Parameter, 'value'>[]): Promise<number> {
    const values = parameters.map((each) => each.value)
    return this.#call((resolve, reject) => {
      this.#connection.execute(statement, values, (error, result) =>
        error ? reject(this.refusal(error, values)) : resolve((result as ResultSetHeader).warningStatus ?? 0),
      )
    }, SET_UP_MILLIS)
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
      // Who did not answer will not hear of it either.
      other = this.#isSilent ? null : await this.#sameServer()
      if (!other) return
      await other.run(`KILL ${this.id}`, [], { limitMillis: LOOK_MILLIS })
      this.socket.destroy()
      const until = Date.now() + KILL_MILLIS
      for (let wait = 1; Date.now() < until && (await other.#commandOf(this.id)); wait = Math.min(2 * wait, 50)) {
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    } catch {
      // No second connection, or the thread is gone already. A closed socket makes the server stop at its next row.
    } finally {
      this.socket.destroy()
      other?.quit()
    }
  }

  /** Ends the running query on the server, over a second connection; this one lives on. Throws where it cannot. */
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
      // Too many connections, say: it answers.
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
   * A second connection to the server that this one reached. Its name may lead to another one, as a reader endpoint's does, so
   * its address is taken; an address may, too, as a proxy's does, so the server is asked who it is.
   *
   * @returns null where it is not reached
   */
  async #sameServer(): Promise<Session | null> {
    for (let tries = 0; tries < SAME_SERVER_TRIES; tries++) {
      const other = await Session.connect(this.#address, this.#at)
      if (this.#server === null) return other
      const [row] = await other.run<{ server: string }>(WHO, [], { limitMillis: LOOK_MILLIS })
      if (row?.server === this.#server) return other
      other.quit()
    }
    return null
  }

  /** What a session does, in the server's words; null of one that is not there. */
  async #commandOf(id: number): Promise<string | null> {
    const sessions = await this.run<Listed>(LIST, [], { limitMillis: LOOK_MILLIS })
    return sessions.find(({ Id }) => Number(Id) === id)?.Command ?? null
  }

  /** From here on nobody needs to hear that the connection has ended. */
  #forget(): void {
    this.liveness.stop()
    this.socket.on('error', () => {})
  }
}
