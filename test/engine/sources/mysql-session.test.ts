/** The direct source's session on the server: how it is set, what it may do, and that it ends with its query. */
import { type AddressInfo, createServer, connect as netConnect } from 'node:net'
import { sql } from '../../../engine/catalogue.ts'
import { QueryFailed } from '../../../statemachine/errors.ts'
import { startDatabaseProxy } from '../../support/database-proxy.ts'
import { drain, everything, givenMysql, until } from './mysql-support.ts'

const mysql = givenMysql()
const { source, open, textOf, sessions, running } = mysql

describe('the session', () => {
  it('is in UTC, sends every row, and has time for a slow query and a slow upload, whatever the server’s defaults are', async () => {
    const admin = await mysql.database.connect()
    const [[{ version }]] = (await admin.query('SELECT VERSION() AS version')) as unknown as [[{ version: string }]]
    const limit = version.includes('MariaDB') ? 'max_statement_time' : 'max_execution_time'
    const names = ['time_zone', 'net_write_timeout', 'sql_select_limit', limit]
    // These statements do not affect other sessions.
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
    const connection = await mysql.database.connect()
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

  it('is gone from the database once its rows are closed, so that there are never two', async () => {
    const proxy = await startDatabaseProxy(mysql.database)
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

  it('starts while another one runs a statement with a character outside utf8mb3', async () => {
    const other = await mysql.database.connect(mysql.database.exporter)
    const slow = other.query("SELECT SLEEP(60), '😀'").catch(() => {})
    await until(async () =>
      (await running()).some(({ id, statement }) => id === other.threadId && statement?.includes('SLEEP(60)')),
    )
    try {
      expect(await textOf('SELECT 1')).toEqual(['1'])
    } finally {
      const admin = await mysql.database.connect()
      await admin.query(`KILL ${other.threadId}`)
      await admin.end()
      await slow
      other.destroy()
    }
  })

  it('is aborted if the signal comes while the connection is being made', async () => {
    const { host, port } = mysql.database
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

  it('refuses a function that writes, even if the account may write', async () => {
    const admin = await mysql.database.connect()
    await admin.query('CREATE TABLE traces (id INT)')
    await admin.query(
      'CREATE FUNCTION leave_trace() RETURNS INT DETERMINISTIC MODIFIES SQL DATA BEGIN INSERT INTO traces VALUES (1); RETURN 1; END',
    )
    const { username: user, password } = mysql.database.admin
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

describe('ending', () => {
  // The query does not use SLEEP, which a server ends by itself once the client is gone. The first rows are wide enough to
  // leave the server's buffer.
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
    await until(async () => (await running()).some(({ statement }) => /^EXECUTE|SHA2/.test(statement ?? '')))
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
    await until(async () => (await sessions()).length === 0)
  })
})
