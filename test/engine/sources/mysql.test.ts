/** Rows and errors of the direct source for a range, under any behaviour of the server and the network. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from '../../../engine/catalogue.ts'
import type { RangeQuery } from '../../../engine/sources/source.ts'
import { DatabaseUnavailable } from '../../../statemachine/errors.ts'
import { drain, everything, givenMysql, never, until } from './mysql-support.ts'

const mysql = givenMysql()
const { source, open, textOf, numbersOf, running, givenProxy } = mysql

describe('a range', () => {
  const ids = (more: Partial<RangeQuery>) => numbersOf({ query: sql`SELECT id FROM orders`, key: 'id', ...more })

  it('begins after one key and ends with another, in key order', async () => {
    const after = { type: 'integer', value: '10' } as const
    const upTo = { type: 'integer', value: '15' } as const
    expect(await ids({ after, upTo })).toEqual([11, 12, 13, 14, 15])
  })

  it('distinguishes keys that a double cannot', async () => {
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
  it('arrive completely at any size, even beyond one packet', async () => {
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

  it('arrive completely however the network splits them', async () => {
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

describe('a server that answers a quit with a reset', () => {
  const GOOD_BYE = Buffer.of(1, 0, 0, 0, 1)

  it('has received the quit', async () => {
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

  it('that refuses the password is unavailable, and the password is not shown', async () => {
    const outcome = open(one, { password: 'wrong-secret' })
    await expect(outcome).rejects.toThrow(DatabaseUnavailable)
    await expect(outcome).rejects.toThrow(/error 1045.*Access denied/)
    await expect(outcome).rejects.not.toThrow(/wrong-secret/)
  })

  it('that has no such schema is unavailable', async () => {
    await expect(open(one, { database: 'nowhere' })).rejects.toThrow(DatabaseUnavailable)
  })

  it('that breaks the connection in the middle of the rows is unavailable, and the rows do not seem complete', async () => {
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
    const connection = await mysql.database.connect()
    for (const { id } of await running()) await connection.query(`KILL QUERY ${id}`)
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
