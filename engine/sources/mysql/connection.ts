/** Connects to a server and logs in with mysql2. */
import { connect, type Socket } from 'node:net'
import { type Connection, createConnection } from 'mysql2'
import { toUnavailable } from './failure.ts'
import type { LivenessTimes } from './liveness.ts'
import { hintOf, refusalOf } from './refusal.ts'
import { openSocket, type ReadingSocket, SOCKET_OPTIONS } from './socket.ts'
import { nameToVerify, sslOptions, type Tls } from './tls.ts'

export interface MysqlAddress {
  host: string
  port: number
  user: string
  /**
   * The password. A function is called for each connection, because an IAM token is valid for minutes and a query may
   * run longer.
   */
  password: string | (() => Promise<string>)
  /** Whether the password is an IAM token. RDS requires it in clear text, so it is never sent without TLS. */
  iam?: boolean | undefined
  database: string
  /** The server's certificate and name are always verified; `off` disables encryption. */
  tls: Tls | 'off'
  /** When to check whether a silent server still works. */
  liveness?: LivenessTimes | undefined
  /** Called with the server's complete message. It may quote values, so no error's message contains it. */
  onServerError?: ((message: string) => void) | undefined
}

const CONNECT_MILLIS = 10_000

export type Endpoint = Pick<MysqlAddress, 'host' | 'port'>

/** A connection, with members of mysql2 that its types omit. */
export type OpenConnection = Connection & { stream: Socket }

export interface Opened {
  connection: OpenConnection
  /** Null if mysql2 decrypts what arrives; see `readIntoOneBuffer`. */
  plain: ReadingSocket | null
}

/**
 * @param at one of the servers that the address may resolve to; its certificate is still verified against the address's
 * name
 * @throws DatabaseUnavailable, or DatabaseMisconfigured if a retry cannot help
 */
export async function openConnection(address: MysqlAddress, at: Endpoint): Promise<Opened> {
  const { host, port, user, database, tls, iam = false } = address
  const password = typeof address.password === 'string' ? address.password : await address.password()
  const encrypted = tls === 'off' ? null : { ssl: await sslOptions(tls), host: nameToVerify(host, tls) }
  const plain = encrypted ? null : openSocket(at.host, at.port)
  const connection = createConnection({
    host,
    port,
    user,
    password,
    database,
    stream: () => plain?.socket ?? connect({ host: at.host, port: at.port, ...SOCKET_OPTIONS }),
    // mysql2 verifies the name in `host`.
    ...encrypted,
    enableCleartextPlugin: iam && encrypted !== null,
    charset: 'utf8mb4',
    connectTimeout: CONNECT_MILLIS,
    multipleStatements: false,
    // Disables local files, and query attributes because the packet that starts the rows is written without mysql2.
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
  // Each call reports its own failure. Without this listener, the end of an idle connection would end the process.
  connection.on('error', () => {})
  return { connection, plain }
}
