/** What tests of the direct source share: the sample shop in a schema of its own, queries over it, and a look at its server. */
import { type AddressInfo, createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../../engine/catalogue.ts'
import { type MysqlOptions, mysqlSource } from '../../../engine/sources/mysql.ts'
import type { RangeQuery, Rows } from '../../../engine/sources/source.ts'
import { fillShop } from '../../../laptop/shop/fill.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { type ServerSession, serverSessions } from '../../support/server-sessions.ts'

export const never = new AbortController().signal
/** A query of all rows, without a key. */
export const everything = { key: null, after: null, upTo: null, timeZone: null } satisfies Partial<RangeQuery>

/** The schema is there before a suite's first test, and gone after its last. */
export function givenMysql() {
  let database: FreshDatabase
  beforeAll(async () => {
    database = await freshDatabase()
    await fillShop(database.connection, { orders: 3000 })
  })
  afterAll(() => database?.drop())

  function source(change: Partial<MysqlOptions> = {}) {
    const { host, port, exporter } = database
    return mysqlSource({
      host,
      port,
      user: exporter.username,
      password: exporter.password,
      database: database.database,
      tls: 'off',
      ...change,
    })
  }

  function open(
    query: Pick<RangeQuery, 'query'> & Partial<RangeQuery>,
    change: Partial<MysqlOptions> = {},
    signal = never,
  ): Promise<Rows> {
    return source(change).open({ ...everything, ...query }, signal)
  }

  /** The first column's text. */
  async function textOf(
    query: RangeQuery['query'] | string,
    more: Partial<RangeQuery> = {},
    change: Partial<MysqlOptions> = {},
  ) {
    const rows = await open({ query: typeof query === 'string' ? sql([query] as never) : query, ...more }, change)
    const texts: (string | null)[] = []
    for await (const batch of rows) {
      for (let row = 0; row < batch.rows; row++) {
        const start = batch.starts[row]!
        const length = batch.bytes[start]!
        texts.push(length === 0xfb ? null : batch.bytes.toString('utf8', start + 1, start + 1 + length))
      }
    }
    await rows.close()
    return texts
  }

  async function numbersOf(query: Pick<RangeQuery, 'query'> & Partial<RangeQuery>, change: Partial<MysqlOptions> = {}) {
    return (await textOf(query.query, query, change)).map(Number)
  }

  async function sessions(): Promise<ServerSession[]> {
    const connection = await database.connect()
    const found = await serverSessions(connection, database.database)
    await connection.end()
    return found
  }

  async function running(): Promise<ServerSession[]> {
    return (await sessions()).filter(({ command }) => command !== 'Sleep')
  }

  /** Between the source and the server; what comes from the server goes through the first function. */
  async function givenProxy(
    pass: (chunk: Buffer, toClient: Socket) => void,
    onSent: (chunk: Buffer, toClient: Socket) => void = () => {},
  ) {
    const sockets: Socket[] = []
    const proxy: Server = createServer((client) => {
      const server = netConnect(database.port, database.host)
      sockets.push(client, server)
      client.on('data', (chunk) => {
        server.write(chunk)
        onSent(chunk, client)
      })
      server.on('data', (chunk) => pass(chunk, client))
      for (const [one, other] of [
        [client, server],
        [server, client],
      ] as const) {
        one.on('error', () => {})
        one.on('close', () => other.destroy())
      }
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    return {
      port: (proxy.address() as AddressInfo).port,
      close() {
        proxy.close()
        for (const socket of sockets) socket.destroy()
      },
    }
  }

  return {
    get database() {
      return database
    },
    ...{ source, open, textOf, numbersOf, sessions, running, givenProxy },
  }
}

export async function drain(rows: Rows): Promise<void> {
  for await (const _ of rows);
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('it did not come to be within five seconds')
}
