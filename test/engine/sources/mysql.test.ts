import type { AddressInfo } from 'node:net'
import { createServer, connect as netConnect, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RowDataPacket } from 'mysql2'
import { sql } from '../../../engine/catalogue.ts'
import { type MysqlOptions, mysqlSource } from '../../../engine/sources/mysql.ts'
import type { RangeQuery, Rows } from '../../../engine/sources/source.ts'
import { fillShop } from '../../../laptop/shop/fill.ts'
import { DatabaseUnavailable, QueryFailed } from '../../../statemachine/errors.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { startDatabaseProxy } from '../../support/database-proxy.ts'

let database: FreshDatabase

beforeAll(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: 3000 })
})
afterAll(() => database.drop())

const never = new AbortController().signal

describe('the session', () => {
  it('is in UTC, sends every row, and has time for a slow query and a slow upload, whatever the server’s defaults are', async () => {
    const admin = await database.connect()
    const [[{ version }]] = (await admin.query('SELECT VERSION() AS version')) as unknown as [[{ version: string }]]
    const limit = version.includes('MariaDB') ? 'max_statement_time' : 'max_execution_time'
    const names = ['time_zone', 'net_write_timeout', 'sql_select_limit', limit]
    // None of them harms another session.
    const others = ["'+01:00'", 61, 4_000_000_000, 7_000_000]
    try {
      await admin.query(`SET ${names.map((name, index) => `GLOBAL ${name} = ${others[index]}`)}`)
      const settings = await textOf(`SELECT CONCAT_WS('|', @@session.time_zone, @@session.net_write_timeout,
        @@session.sql_select_limit, @@session.${limit} + 0, @@session.character_set_results)`)
      expect(settings).toEqual([expect.stringMatching(/^\+00:00\|3600\|18446744073709551615\|0(\.0+)?\|utf8mb4$/)])
    } finally {
      await admin.query(`SET ${names.map((name) => `GLOBAL ${name} = DEFAULT`)}`)
      await admin.end()
    }
  })

  it('sees nothing of what is written after it began', async () => {
    const rows = await open({
      query: sql`SELECT id, SLEEP(0.2 * (id = 1)) FROM orders UNION ALL SELECT COUNT(*), 0 FROM order_items`,
      key: null,
    })
    const connection = await database.connect()
    await connection.query("INSERT INTO order_items SELECT NULL, 1, 'late', 'late', 1, 1, NULL")
    await connection.end()
    let last = ''
    for await (const batch of rows) {
      const start = batch.starts[batch.rows - 1]! + 1
      last = batch.bytes.toString('latin1', start, start + batch.bytes[start - 1]!)
    }
    await rows.close()
    expect(last).toBe('9000')
  })

  it('is over for the database once its rows are closed, so that the next one is never a second', async () => {
    const proxy = await startDatabaseProxy(database)
    try {
      const rows = await open(
        { query: sql`SELECT id FROM orders`, key: null },
        { host: '127.0.0.1', port: Number(new URL(proxy.url).port) },
      )
      await drain(rows)
      expect(proxy.now()).toBe(1)
      await rows.close()
      expect(proxy.now()).toBe(0)
    } finally {
      await proxy.close()
    }
  })

  it('begins while another one runs a statement with a character that utf8mb3 does not have', async () => {
    const other = await database.connect(database.exporter)
    const slow = other.query("SELECT SLEEP(60), '😀'").catch(() => {})
    await until(async () => (await listed(other.threadId!)).includes('SLEEP(60)'))
    try {
      expect(await textOf('SELECT 1')).toEqual(['1'])
    } finally {
      const admin = await database.connect()
      await admin.query(`KILL ${other.threadId}`)
      await admin.end()
      await slow
      other.destroy()
    }
  })

  it('is given up when the signal came while the connection was made', async () => {
    const { host, port } = database
    const slow = createServer((client) => {
      const upstream = netConnect(port, host)
      client.pipe(upstream)
      setTimeout(() => upstream.pipe(client), 300)
      client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy())
      upstream.on('error', () => client.destroy())
    })
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
    const stop = new AbortController()
    const through = source({ host: '127.0.0.1', port: (slow.address() as AddressInfo).port })
    const opening = through.open({ ...everything, query: sql`SELECT id FROM orders` }, stop.signal)
    setTimeout(() => stop.abort(new Error('stopped')), 100)
    await expect(opening).rejects.toThrow('stopped')
    slow.close()
  })

  it('refuses a function that writes, though the account may', async () => {
    const admin = await database.connect()
    await admin.query('CREATE TABLE traces (id INT)')
    await admin.query(
      'CREATE FUNCTION leave_trace() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO traces VALUES (1); RETURN 1; END',
    )
    const { username: user, password } = database.admin
    const reading = textOf('SELECT leave_trace()', {}, { user, password })
    await expect(reading).rejects.toThrow(/error 1792/)
    expect((await admin.query('SELECT * FROM traces'))[0]).toEqual([])
    await admin.end()
  })

  it('refuses to write', async () => {
    const text = "INSERT INTO orders (ordered_at, customer_id, amount, status) VALUES (NOW(), 1, 1, 'new')"
    await expect(open({ query: sql([text] as never), key: null })).rejects.toThrow(QueryFailed)
  })

  it('refuses a second statement', async () => {
    await expect(open({ query: sql`SELECT 1; DROP TABLE orders`, key: null })).rejects.toThrow(
      /more than one statement/,
    )
  })

  it('refuses a time zone that the server does not know', async () => {
    await expect(open({ query: sql`SELECT 1`, key: null, timeZone: 'Moon/Tycho' })).rejects.toThrow(/time zone/)
  })
})

describe('a range', () => {
  const ids = (more: Partial<RangeQuery>) => numbersOf({ query: sql`SELECT id FROM orders`, key: 'id', ...more })

  it('goes from after one key up to another, in the keys’ order', async () => {
    const after = { type: 'integer', value: '10' } as const
    const upTo = { type: 'integer', value: '15' } as const
    expect(await ids({ after, upTo })).toEqual([11, 12, 13, 14, 15])
  })

  it('tells keys apart that a double cannot', async () => {
    const query = sql`SELECT 9007199254740993 + 0 AS id UNION SELECT 9007199254740992 UNION SELECT 9007199254740994`
    const after = { type: 'integer', value: '9007199254740992' } as const
    expect(await textOf(query, { key: 'id', after })).toEqual(['9007199254740993', '9007199254740994'])
  })

  it('reports NULL keys with the first range', async () => {
    const query = sql`SELECT NULL AS id UNION SELECT 5`
    expect(await textOf(query, { key: 'id', upTo: { type: 'integer', value: '9' } })).toEqual([null, '5'])
  })
})

describe('rows', () => {
  it('come whole whatever their size is, beyond that of one packet too', async () => {
    const sizes = [0, 250, 251, 65_535, 65_536, 16_777_210, 16_777_215, 20_000_000]
    const query = sql([sizes.map((size) => `SELECT REPEAT('x', ${size}) AS x`).join(' UNION ALL ')] as never)
    const rows = await open({ query, key: null })
    const lengths: number[] = []
    for await (const batch of rows)
      for (let row = 0; row < batch.rows; row++) lengths.push(batch.ends[row]! - batch.starts[row]!)
    await rows.close()
    const heads = sizes.map((size) => (size < 251 ? 1 : size < 65_536 ? 3 : size < 16_777_216 ? 4 : 9))
    expect(lengths).toEqual(sizes.map((size, index) => size + heads[index]!))
  })

  it('come whole however the network cuts them', async () => {
    const proxy = await givenProxy((chunk, socket) => {
      // Odd pieces, so that every header is cut somewhere.
      for (let at = 0; at < chunk.length; at += 977) socket.write(chunk.subarray(at, at + 977))
    })
    const numbers = await numbersOf({ query: sql`SELECT id FROM orders`, key: 'id' }, { port: proxy.port })
    proxy.close()
    expect(numbers).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1))
  })

  it('wait on the server while nobody reads them', async () => {
    const rows = await open({ query: sql`SELECT a.id, REPEAT('x', 1000) FROM orders a, orders b`, key: null })
    const batches = rows[Symbol.asyncIterator]()
    await batches.next()
    const before = process.memoryUsage().arrayBuffers
    await sleep(500)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20e6)
    expect(await running()).toHaveLength(1)
    await rows.close()
    expect(await running()).toHaveLength(0)
  })
})

describe('ending', () => {
  // Not SLEEP, which a server ends by itself once the client is gone. The first rows are wide enough to leave its buffer.
  const endless = sql`SELECT COUNT(*) FROM orders a, orders b, orders c WHERE SHA2(CONCAT(a.id, b.id, c.id), 512) = 'x'`
  const slow = sql`SELECT a.id, REPEAT('x', 20000) FROM orders a WHERE a.id <= 60
    OR (SELECT COUNT(*) FROM orders b, orders c WHERE SHA2(CONCAT(a.id, b.id, c.id), 512) = 'x') > 0`

  it('before the last row kills the query on the server', async () => {
    const rows = await open({ query: slow, key: null })
    expect(await running()).toHaveLength(1)
    await rows.close()
    expect(await running()).toHaveLength(0)
  })

  it('by an abort while the query has not given a row kills it, too', async () => {
    const controller = new AbortController()
    const opening = open({ query: endless, key: null }, {}, controller.signal)
    opening.catch(() => {})
    await until(async () =>
      (await running()).some((row) => String(row.INFO).startsWith('EXECUTE') || String(row.INFO).includes('SHA2')),
    )
    controller.abort(new Error('stopped'))
    await expect(opening).rejects.toThrow('stopped')
    expect(await running()).toHaveLength(0)
  })

  it('by an abort in the middle of the rows kills it, too', async () => {
    const controller = new AbortController()
    const rows = await open({ query: slow, key: null }, {}, controller.signal)
    controller.abort(new Error('stopped'))
    await expect(drain(rows)).rejects.toThrow()
    await rows.close()
    expect(await running()).toHaveLength(0)
  })

  it('after the last row leaves no connection', async () => {
    const rows = await open({ query: sql`SELECT id FROM orders`, key: null })
    await drain(rows)
    await rows.close()
    await rows.close()
    await until(async () => (await connections()).length === 0)
  })
})

describe('a server that answers good-bye with a reset', () => {
  const GOOD_BYE = Buffer.of(1, 0, 0, 0, 1)

  it('has said good-bye', async () => {
    const proxy = await givenProxy(
      (chunk, socket) => socket.write(chunk),
      (chunk, socket) => chunk.equals(GOOD_BYE) && socket.resetAndDestroy(),
    )
    const through = source({ port: proxy.port })
    const query = { ...everything, query: sql`SELECT id FROM orders`, key: 'id' }
    const space = await through.keySpace!(query, never)
    expect(await space.keys({ after: null, upTo: null }, 1, 'first')).toEqual([{ type: 'integer', value: '1' }])
    await space.close()
    expect(await through.estimate!(query, never)).toBeGreaterThan(0)
    const rows = await through.open(query, never)
    await drain(rows)
    await rows.close()
    proxy.close()
  })
})

describe('a database', () => {
  const one = { query: sql`SELECT 1 AS id`, key: null }

  it('that is down is unavailable', async () => {
    const { port, close } = await givenProxy(() => {})
    close()
    await expect(open(one, { port })).rejects.toThrow(DatabaseUnavailable)
    await expect(open(one, { port })).rejects.toThrow(
      /No connection to the database at 127\.0\.0\.1:\d+ \(.*ECONNREFUSED/,
    )
  })

  it('that refuses the password is unavailable, and the password is not told', async () => {
    const outcome = open(one, { password: 'wrong-secret' })
    await expect(outcome).rejects.toThrow(DatabaseUnavailable)
    await expect(outcome).rejects.toThrow(/error 1045.*Access denied/)
    await expect(outcome).rejects.not.toThrow(/wrong-secret/)
  })

  it('that has no such schema is unavailable', async () => {
    await expect(open(one, { database: 'nowhere' })).rejects.toThrow(DatabaseUnavailable)
  })

  it('that breaks the connection in the middle of the rows is unavailable, never at its end', async () => {
    let bytes = 0
    const proxy = await givenProxy((chunk, socket) => {
      bytes += chunk.length
      if (bytes > 200_000) socket.destroy()
      else socket.write(chunk)
    })
    const rows = await open({ query: sql`SELECT * FROM order_items`, key: 'id' }, { port: proxy.port })
    await expect(drain(rows)).rejects.toThrow(DatabaseUnavailable)
    await rows.close()
    proxy.close()
    await until(async () => (await running()).length === 0)
  })

  it('whose administrator kills the query is unavailable', async () => {
    const rows = await open({ query: sql`SELECT a.id, SLEEP(0.05), REPEAT('x', 20000) FROM orders a`, key: null })
    const connection = await database.connect()
    for (const { ID } of await running()) await connection.query(`KILL QUERY ${ID}`)
    await connection.end()
    await expect(drain(rows)).rejects.toThrow(DatabaseUnavailable)
    await rows.close()
  })
})

describe('an estimate', () => {
  it('is the optimizer’s', async () => {
    const estimate = await source().estimate!(
      { ...everything, query: sql`SELECT * FROM orders WHERE id > ${0}`, key: 'id' },
      never,
    )
    expect(estimate).toBeGreaterThan(300)
    expect(estimate).toBeLessThan(30_000)
  })
})

const everything = { key: null, after: null, upTo: null, timeZone: null } satisfies Partial<RangeQuery>

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

async function drain(rows: Rows): Promise<void> {
  for await (const _ of rows);
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

async function connections(): Promise<RowDataPacket[]> {
  const connection = await database.connect()
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT ID, COMMAND, INFO FROM information_schema.PROCESSLIST WHERE DB = ? AND ID <> CONNECTION_ID()',
    [database.database],
  )
  await connection.end()
  return rows
}

/** What a session runs; information_schema's table cannot show every text. */
async function listed(id: number): Promise<string> {
  const connection = await database.connect()
  const [rows] = await connection.query<RowDataPacket[]>('SHOW PROCESSLIST')
  await connection.end()
  return rows.find((row) => row.Id === id)?.Info ?? ''
}

async function running(): Promise<RowDataPacket[]> {
  return (await connections()).filter((row) => row.COMMAND !== 'Sleep')
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await condition()) return
    await sleep(50)
  }
  throw new Error('it did not come to be within five seconds')
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
