/** An export's query: its parameters, and how what fails while it runs ends the export. */
import { parse } from 'csv-parse/sync'
import { sql, z } from '../../engine/catalogue.ts'
import type { Store } from '../../engine/stores/store.ts'
import { QueryFailed, StorageUnavailable, TooManyRows } from '../../statemachine/errors.ts'
import { givenShop } from '../support/exported-shop.ts'
import { serverSessions } from '../support/server-sessions.ts'
import { expectFailure, givenExport } from './given-export.ts'
import { exportAll, run } from './harness.ts'

const ORDERS = 3000
/** The same value as in `sizeFor`. */
const ITEMS = 3 * ORDERS

const shop = givenShop({ orders: ORDERS })
const { options } = shop

describe('parameters', () => {
  it('are never SQL', async () => {
    const definition = givenExport('', ['id'], {
      params: z.strictObject({ name: z.string() }),
      query: ({ name }) => sql`SELECT id FROM customers WHERE name = ${name}`,
    })
    const request = { params: { name: "x' OR 1=1 -- ?" } }
    expect((await run(definition, options({ request }))).finished.file.rows).toBe(0)
  })

  it('keep their exact values', async () => {
    const definition = givenExport('', ['id', 'a', 'b', 'c', 'd', 'e', 'f', 'g'], {
      query: () =>
        sql`SELECT 1 AS id, ${2n ** 63n - 1n} + 0 AS a, ${2n ** 64n - 1n} AS b, ${0.1} AS c, HEX(${Buffer.of(0, 255)}) AS d,
            CAST(${new Date('2024-02-29T12:34:56.789Z')} AS CHAR) AS e, ${null} AS f, ${true} + ${7} AS g`,
    })
    const [, row] = parse((await run(definition, options())).content) as string[][]
    expect(row).toEqual([
      '1',
      '9223372036854775807',
      '18446744073709551615',
      '0.1',
      '00FF',
      '2024-02-29 12:34:56.789',
      '',
      '8',
    ])
  })

  it('may be used beside question marks and comments', async () => {
    const definition = givenExport('', ['id', 'q'], { query: () => sql`SELECT ${1} AS id, '?' AS q -- why?;` })
    expect((await run(definition, options())).content.toString()).toBe('id,q\r\n1,?\r\n')
  })
})

describe('a failure', () => {
  it('of the SQL says what the server said', async () => {
    await expectFailure(givenExport('SELEKT 1', ['id']), options(), QueryFailed, /error 1064/)
    await expectFailure(givenExport('SELECT id FROM nowhere', ['id']), options(), QueryFailed, /nowhere/)
  })

  it.each<[unknown, RegExp]>([
    [() => 'SELECT 1', /^The query function of \w+ returned a value of type string, but it must return sql`…`$/],
    [async () => sql`SELECT 1`, /returned a promise, but it must return sql`…`$/],
    [() => undefined, /returned a value of type undefined/],
    [
      () => {
        throw new RangeError('no such country')
      },
      /^The query function of \w+ threw RangeError$/,
    ],
  ])('of a query function that returns no query says so: %p', async (query, message) => {
    for (const parallelism of [1, 3])
      await expectFailure(givenExport('', ['id'], { query, parallelism } as object), options(), QueryFailed, message)
  })

  it('of the SQL in the middle of the rows leaves nothing behind', async () => {
    const query = 'SELECT id, CASE WHEN id > 2500 THEN (SELECT id FROM customers) ELSE 1 END AS x FROM orders'
    await expectFailure(givenExport(query, ['id', 'x']), options(), QueryFailed, /error 1242/)
  })

  it('of the SQL does not show parameters', async () => {
    const definition = givenExport('', ['id'], {
      query: () => sql`SELECT EXTRACTVALUE('<a/>', ${'~secret-value'}) AS id`,
    })
    await exportAll(definition, options()).then(
      () => expect(true).toBe(false),
      (error) => {
        expect(error).toBeInstanceOf(QueryFailed)
        expect(error.message).not.toContain('secret-value')
      },
    )
  })

  it('with a missing column lists the existing ones', async () => {
    await expectFailure(
      givenExport('SELECT id, status FROM orders', ['id', 'state']),
      options(),
      QueryFailed,
      /no column state; it has id, status/,
    )
  })

  it('by exceeding the limit of rows leaves nothing behind', async () => {
    await expectFailure(
      givenExport('SELECT id FROM orders', ['id'], { maxRows: ORDERS - 1 }),
      options(),
      TooManyRows,
      /exceeds its limit of 2999 rows/,
    )
    await expect(
      run(givenExport('SELECT id FROM orders', ['id'], { maxRows: ORDERS }), options()),
    ).resolves.toMatchObject({ chunks: 1 })
    const cut = givenExport('SELECT id, title FROM order_items', ['id', 'title'], { maxRows: ITEMS - 1 })
    await expectFailure(cut, options({ budget: 0 }), TooManyRows, /exceeds its limit of 8999 rows/)
  })

  it('of the store ends the query and aborts the upload', async () => {
    let parts = 0
    const failing: Store = {
      ...shop.store,
      async startUpload(key, headers) {
        const upload = await shop.store.startUpload(key, headers)
        const part: typeof upload.part = async (number, bytes, crc) => {
          if (++parts > 1) throw new StorageUnavailable('the disk is full')
          await upload.part(number, bytes, crc)
        }
        return {
          id: upload.id,
          parts: upload.parts,
          part,
          copy: upload.copy.bind(upload),
          complete: upload.complete.bind(upload),
          abort: () => upload.abort(),
        }
      },
    }
    const definition = givenExport("SELECT id, REPEAT('x', 2000) AS x FROM order_items", ['id', 'x'])
    await expectFailure(
      definition,
      options({ store: { ...shop.store, ...failing } }),
      StorageUnavailable,
      /disk is full/,
    )
    expect(await runningQueries()).toEqual([])
    expect(await shop.store.openUploads()).toBe(0)
  })
})

async function runningQueries(): Promise<unknown[]> {
  const { database } = shop
  const connection = await database.connect()
  const sessions = await serverSessions(connection, database.database)
  await connection.end()
  return sessions.filter(({ user }) => user === database.exporter.username)
}
