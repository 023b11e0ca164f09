import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { type FreshDatabase, freshDatabase } from '../../../test/support/database.ts'
import { openDatabase } from '../../src/database/database.ts'
import { DatabaseUnusable } from '../../src/database/errors.ts'
import { parseDatabaseUrl } from '../../src/database/external.ts'

const SECRET = 'hunter2'

describe('DATABASE_URL', () => {
  it('is read with its parts percent-decoded', () => {
    expect(parseDatabaseUrl('mysql://me%40home:p%3Aw%2F%25@db.example.com:3307/the%20shop?ssl=1')).toEqual({
      host: 'db.example.com',
      port: 3307,
      username: 'me@home',
      password: 'p:w/%',
      database: 'the shop',
      tls: undefined,
      ignored: ['ssl'],
    })
  })

  it('may leave out the port, the password and the database, and may be what a framework writes', () => {
    expect(parseDatabaseUrl(' mysql2://root@[::1]\n')).toEqual({
      host: '::1',
      port: 3306,
      username: 'root',
      password: '',
      database: undefined,
      tls: undefined,
      ignored: [],
    })
  })

  it.each([
    ['no URL', 'localhost', /is not a URL/],
    ['an unescaped character in the password', `mysql://me:${SECRET}/x#@host/shop`, /is not a URL \(in a password/],
    ['another kind of database', `postgres://me:${SECRET}@host/shop`, /begins with postgres:, but only MySQL/],
    ['no user', 'mysql://host/shop', /names no user/],
    ['two databases', `mysql://me:${SECRET}@host/shop/orders`, /has more than one database/],
    ['a lonely %', `mysql://me:100%${SECRET}@host/shop`, /has a % in its password that is not percent-encoding/],
  ])('is refused with %s, without repeating it', (_what, url, message) => {
    const parse = () => parseDatabaseUrl(url)
    expect(parse).toThrow(DatabaseUnusable)
    expect(parse).toThrow(message)
    expect(parse).toThrow(/It looks like mysql:\/\/user:password@127.0.0.1:3306\/shop$/)
    expect(parse).not.toThrow(new RegExp(SECRET))
  })
})

describe('an external server', () => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase()
  })
  afterAll(() => fresh.drop())

  const url = (parts: { username?: string; password?: string; port?: number; database?: string }) => {
    const { username, password } = fresh.admin
    const { port, database } = fresh
    const all = { username, password, port, database, ...parts }
    return `mysql://${all.username}:${encodeURIComponent(all.password)}@${fresh.host}:${all.port}/${all.database}`
  }
  const open = (databaseUrl: string, onProgress?: (line: string) => void) =>
    openDatabase({ stateDirectory: '/nonexistent', database: 'default_schema', databaseUrl, onProgress })

  it('is used as it is: its user fills and exports, and stopping leaves it running', async () => {
    const progress: string[] = []
    const database = await open(`${url({})}?connection_limit=5`, (line) => progress.push(line))
    expect(database).toMatchObject({
      kind: 'external',
      database: fresh.database,
      admin: fresh.admin,
      exporter: fresh.admin,
    })
    expect(database.version).toMatch(/^\d+\.\d+/)
    expect(progress).toEqual(['DATABASE_URL: connection_limit is not supported here and was ignored'])
    await database.stop()
    await (await fresh.connect()).end()
  })

  it('gets the schema if it does not have it', async () => {
    const schema = `${fresh.database}_new`
    const database = await open(url({ database: schema }))
    const { host, port, admin } = database
    const connection = await createConnection({
      host,
      port,
      user: admin.username,
      password: admin.password,
      database: schema,
    })
    try {
      const [rows] = await connection.query<RowDataPacket[]>('SELECT @@character_set_database AS charset')
      expect(rows).toEqual([{ charset: 'utf8mb4' }])
    } finally {
      await connection.query(`DROP DATABASE ${schema}`)
      await connection.end()
    }
  })

  it.each([
    ['the password is wrong', () => url({ password: SECRET }), /refused the user \S+ with this password/],
    [
      'nothing listens',
      () => url({ password: SECRET, port: 1 }),
      /nothing is listening at 127\.0\.0\.1:1\. Start the server/,
    ],
    ['there is no such host', () => `mysql://me:${SECRET}@no-such-host.invalid/shop`, /the host does not exist/],
  ])('is refused when %s, without the password', async (_what, databaseUrl, message) => {
    const error = await open(databaseUrl()).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(DatabaseUnusable)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain(SECRET)
  })

  // The user of a given server may do both, and there is no other one.
  const withExporter = process.env.CARRYOUT_TEST_DATABASE_URL ? it.skip : it
  withExporter('is refused when its user may not see or make the schema', async () => {
    const error = await open(url({ ...fresh.exporter, database: 'forbidden' })).catch((error: unknown) => error)
    expect((error as Error).message).toMatch(/the user carryout_exporter has no access to the database forbidden/)
  })

  it('is refused when it is not a MySQL server', async () => {
    const impostor = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = impostor.address() as AddressInfo
      await expect(open(url({ port }))).rejects.toThrow(/the server at 127\.0\.0\.1:\d+ cannot be used/)
    } finally {
      impostor.close()
    }
  })
})
