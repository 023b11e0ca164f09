/**
 * The database in DATABASE_URL. It is somebody else's server, so nothing on it is changed except that a missing schema
 * is created.
 */
import type { Socket } from 'node:net'
import { type Connection, createConnection } from 'mysql2/promise'
import { type Account, createSchema } from './accounts.ts'
import { codeOf, DatabaseUnusable, messageOf } from './errors.ts'
import { certificateName, type ExternalTls, readTls, TLS_OPTIONS } from './external-tls.ts'

export interface Target extends Account {
  host: string
  port: number
  /** Undefined if the URL has none. */
  database: string | undefined
  /** Undefined for plain text. */
  tls: ExternalTls | undefined
  /** Other options in the URL, such as `connection_limit`, which are ignored. */
  ignored: string[]
}

const EXAMPLE = 'mysql://user:password@127.0.0.1:3306/shop'

/**
 * Parses `mysql://user:password@host:port/database`; the schemes that frameworks use for MySQL (`mysql2:`, `mariadb:`)
 * are accepted too. User and password are percent-decoded.
 *
 * @throws DatabaseUnusable saying which part is wrong, without repeating the URL, which contains the password
 */
export function parseDatabaseUrl(text: string): Target {
  const refuse = (what: string) => new DatabaseUnusable(`DATABASE_URL ${what}. It looks like ${EXAMPLE}`)
  let url: URL
  try {
    url = new URL(text.trim())
  } catch {
    throw refuse('is not a URL (in a password the characters @ : / ? # % must be percent-encoded)')
  }
  if (!['mysql:', 'mysql2:', 'mariadb:'].includes(url.protocol)) {
    throw refuse(`begins with ${url.protocol}, but only MySQL and MariaDB can be exported from`)
  }
  if (url.hostname === '') throw refuse('names no host')
  if (url.username === '') throw refuse('names no user')
  const path = url.pathname.replace(/^\//, '')
  if (path.includes('/')) throw refuse('has more than one database')
  const decode = (part: string, what: string): string => {
    try {
      return decodeURIComponent(part)
    } catch {
      throw refuse(`has a % in its ${what} that is not percent-encoding (write %25 for a %)`)
    }
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: url.port === '' ? 3306 : Number(url.port),
    username: decode(url.username, 'user'),
    password: decode(url.password, 'password'),
    database: path === '' ? undefined : decode(path, 'database'),
    tls: readTls(url.searchParams, host, refuse),
    ignored: [...url.searchParams.keys()].filter((name) => !(TLS_OPTIONS as readonly string[]).includes(name)),
  }
}

/**
 * Connects to the server and creates a missing schema, unless `mayCreate` is false.
 *
 * @returns the server's version, and the name in its certificate
 * @throws DatabaseUnusable saying what is wrong and what to do
 */
export async function reachExternal(
  target: Omit<Target, 'database' | 'ignored'>,
  schema: string,
  { mayCreate = true } = {},
): Promise<{ version: string; serverName: string | undefined }> {
  const { host, port, username, password, tls } = target
  const where = `${host}:${port}`
  const connect = (database?: string) =>
    createConnection({
      host,
      port,
      user: username,
      password,
      connectTimeout: 10_000,
      ...(database && { database }),
      ...(tls && { ssl: tls.ssl }),
    })
  let connection: Connection
  try {
    connection = await connect(schema).catch((error: unknown) => {
      if (mayCreate && codeOf(error) === 'ER_BAD_DB_ERROR') return connect()
      throw error
    })
  } catch (error) {
    throw new DatabaseUnusable(explain(error, target, schema), { cause: error })
  }
  try {
    const [rows] = await connection.query('SELECT VERSION() AS version, DATABASE() AS current')
    const [{ version, current }] = rows as [{ version: string; current: string | null }]
    if (current === null) await createSchema(connection, schema)
    const { stream } = (connection as unknown as { connection: { stream: Socket } }).connection
    return { version, serverName: tls && certificateName(stream) }
  } catch (error) {
    throw new DatabaseUnusable(
      `DATABASE_URL: the server at ${where} has no database ${schema}, and the user ${username} may not create it: ${messageOf(error)}`,
      { cause: error },
    )
  } finally {
    await connection.end().catch(() => undefined)
  }
}

/** The server's own messages contain user and host, never the password. */
function explain(
  error: unknown,
  { host, port, username, tls }: Omit<Target, 'database' | 'ignored'>,
  schema: string,
): string {
  const where = `${host}:${port}`
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return `DATABASE_URL: nothing is listening at ${where}. Start the server, or correct host and port.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `DATABASE_URL: the host does not exist (${where}).`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `DATABASE_URL: ${where} does not respond. Check host, port, firewall and security group.`
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR':
      return `DATABASE_URL: the server at ${where} refused the user ${username} with this password.${tls ? '' : ' If the server or the account requires TLS, add ?ssl-mode=REQUIRED.'}`
    case 'ER_SECURE_TRANSPORT_REQUIRED':
      return `DATABASE_URL: the server at ${where} accepts only connections with TLS. Add ?ssl-mode=REQUIRED, and &ssl-ca=<file> for an authority of its own.`
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return `DATABASE_URL: the server at ${where} has no TLS. Enable it there, or remove ssl-mode.`
    case 'HANDSHAKE_SSL_ERROR':
      return `DATABASE_URL: the certificate of the server at ${where} cannot be verified: ${messageOf(error)}. Add &ssl-ca=<file> with the authority that signed it.`
    case 'ER_BAD_DB_ERROR':
      return `DATABASE_URL: the server at ${where} has no database ${schema}.`
    case 'ER_DBACCESS_DENIED_ERROR':
      return `DATABASE_URL: the user ${username} has no access to the database ${schema} at ${where}.`
    default:
      return `DATABASE_URL: the server at ${where} cannot be used: ${messageOf(error)}`
  }
}
