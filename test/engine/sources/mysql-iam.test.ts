/** Logging in with a token in place of a password, as RDS has it, before a real server. */
import { setTimeout as sleep } from 'node:timers/promises'
import sql from 'sql-template-tag'
import { type MysqlOptions, mysqlSource } from '../../../engine/sources/mysql.ts'
import { newAuthority } from '../../support/certificates.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { type IamDatabase, startIamDatabase } from '../../support/iam-database.ts'
import { serverSessions } from '../../support/server-sessions.ts'

const authority = newAuthority()
let database: FreshDatabase
let rds: IamDatabase
beforeAll(async () => {
  database = await freshDatabase('mariadb')
})
afterAll(() => database?.drop())
afterEach(() => rds.close())

test('a token is sent in clear text inside TLS, a new one for each connection', async () => {
  await givenRds()
  let signed = 0
  const password = async () => `token-${++signed}`
  const stop = new AbortController()
  const connection = await database.connect()
  const running = async () => {
    const sessions = await serverSessions(connection, database.database)
    return sessions.filter(({ command }) => command !== 'Sleep').length
  }
  // The server does not notice by itself that its client is gone.
  const opening = open({ password }, sql`SELECT BENCHMARK(1000000000000, 1 + 1)`, stop.signal).catch((error) => error)
  while ((await running()) === 0) await sleep(20)
  stop.abort(new Error('stopped'))
  expect(await opening).toMatchObject({ message: 'stopped' })
  expect(await running()).toBe(0)
  await connection.end()
  // The second one ended the query on the server.
  expect(rds.tokens).toEqual(['token-1', 'token-2'])
})

test('a refused token is reported with the requirements of an account', async () => {
  await givenRds()
  await expect(open({ password: async () => 'expired' })).rejects.toMatchObject({
    name: 'DatabaseUnavailable',
    message: expect.stringMatching(
      /error 1045.*IDENTIFIED WITH AWSAuthenticationPlugin AS "RDS", and database\.resourceId must be/,
    ),
  })
})

test.each([false, undefined])('an ordinary password is not sent in clear text (iam: %s)', async (iam) => {
  await givenRds()
  await expect(open({ password: 'secret', iam })).rejects.toMatchObject({
    name: 'DatabaseMisconfigured',
    message: expect.stringContaining(
      'asks for the password in clear text. If this is an IAM account, set database.auth to "iam"',
    ),
  })
  expect(rds.tokens).toEqual([])
})

test('no token is sent to a server whose certificate is not trusted', async () => {
  await givenRds()
  const tls = { ca: newAuthority().certificate }
  await expect(open({ password: async () => 'token-1', tls })).rejects.toMatchObject({ name: 'DatabaseMisconfigured' })
  expect(rds.tokens).toEqual([])
})

test('an unsupported authentication method is named', async () => {
  await givenRds('client_ed25519')
  await expect(open({ password: 'secret', iam: false })).rejects.toMatchObject({
    name: 'DatabaseMisconfigured',
    message: expect.stringMatching(
      /authenticates this account by client_ed25519, which is not supported\. Use an account that is IDENTIFIED WITH caching_sha2_password/,
    ),
  })
})

async function givenRds(plugin?: string) {
  const { host, port, exporter } = database
  rds = await startIamDatabase({
    upstream: { host, port, account: exporter },
    identity: authority.sign('localhost'),
    accepts: (user, token) => user === 'carryout' && token.startsWith('token-'),
    ...(plugin && { plugin }),
  })
}

function open(change: Partial<MysqlOptions>, query = sql`SELECT 1`, signal = new AbortController().signal) {
  const source = mysqlSource({
    host: 'localhost',
    port: rds.port,
    user: 'carryout',
    password: 'unused',
    iam: true,
    database: database.database,
    tls: { ca: authority.certificate },
    ...change,
  })
  return source.open({ query, key: null, after: null, upTo: null, timeZone: null }, signal)
}
