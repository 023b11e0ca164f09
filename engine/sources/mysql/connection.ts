/** Connects to a server and logs in, by mysql2. */
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
  /** A function is asked again for each connection: an IAM token lives for minutes, a query may live longer. */
  password: string | (() => Promise<string>)
  /** The password is an IAM token, which RDS wants in clear text; never without TLS. */
  iam?: boolean | undefined
  database: string
  /** The server's certificate and name are always verified; `off` is plain text. */
  tls: Tls | 'off'
  /** When a server that says nothing is asked whether it still works. */
  liveness?: LivenessTimes | undefined
  /** Is given what the server said, whole: it may quote values, so no error's message does. */
  onServerError?: ((message: string) => void) | undefined
}

const CONNECT_MILLIS = 10_000

export type Endpoint = Pick<MysqlAddress, 'host' | 'port'>

/** A connection with what mysql2 knows of it and its types do not say. */
export type OpenConnection = Connection & { stream: Socket }

export interface Opened {
  connection: OpenConnection
  /** Null where mysql2 decrypts what arrives; see `readIntoOneBuffer`. */
  plain: ReadingSocket | null
}

/**
 * @param at one of the servers that the address may stand for; its certificate is still verified by the address's name
 * @throws DatabaseUnavailable, or DatabaseMisconfigured where no other try would help
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
  // Each call reports its own failure. Without a listener, the end of an idle connection would end the process.
  connection.on('error', () => {})
  return { connection, plain }
}
