/** Tests what a row function may return, and columns that only exist in its result. */
import { parse } from 'csv-parse/sync'
import JSZip from 'jszip'
import type { ExportDefinition, Row } from '../../engine/catalogue.ts'
import { TransformFailed } from '../../statemachine/errors.ts'
import { givenShop } from '../support/exported-shop.ts'
import { expectFailure, givenExport } from './given-export.ts'
import { run } from './harness.ts'

/** Many more rows than one chunk has at least. */
const ORDERS = 600

const shop = givenShop({ orders: ORDERS })
const { options } = shop

describe('a row function', () => {
  const over = (row: ExportDefinition['row']) => givenExport('SELECT id, status FROM orders', ['id', 'status'], { row })

  it('that throws is named with the row’s key', async () => {
    const definition = over((row) => {
      if (row.id === 7n) throw new RangeError('seven')
      return row
    })
    await expectFailure(definition, options(), TransformFailed, /threw RangeError at the row with id 7/)
  })

  it('that leaves a column out is named with the column', async () => {
    await expectFailure(
      over(({ id }) => ({ id: id! })),
      options(),
      TransformFailed,
      /no value for column status at the row with id 1/,
    )
  })

  it('that returns a promise is refused', async () => {
    await expectFailure(
      over((async (row: Row) => row) as never),
      options(),
      TransformFailed,
      /a promise instead of a row/,
    )
  })

  it('may return numbers, dates, bytes, booleans, objects and NULL', async () => {
    const values = {
      a: 1.5,
      b: new Date(0),
      c: Buffer.from('x'),
      d: true,
      e: { f: [1] },
      g: null,
      h: 2n ** 64n,
      i: '"',
    }
    const definition = givenExport('SELECT 1 AS id', ['id', ...Object.keys(values)], {
      row: (row) => ({ ...row, ...values }),
    })
    const [, row] = parse((await run(definition, options())).content) as string[][]
    expect(row).toEqual([
      '1',
      '1.5',
      '1970-01-01T00:00:00.000Z',
      'eA==',
      'true',
      '{"f":[1]}',
      '',
      '18446744073709551616',
      '"',
    ])
  })
})

describe('a column that a row function makes', () => {
  const columns: ExportDefinition['columns'] = {
    id: 'No.',
    untyped: 'Untyped',
    tax: { heading: 'Tax', type: 'number' },
    paid: { heading: 'Paid', type: 'json' },
    meta: { heading: 'Meta', type: 'json' },
    day: { heading: 'Day', type: 'date' },
  }
  const definition = (rows = 2) =>
    givenExport(`SELECT id, -170.00 AS amount, REPEAT('w', 1000) AS wide FROM orders WHERE id <= ${rows}`, [], {
      columns,
      row: (row) => {
        const tax = Number(row.amount) * 0.1
        const isFirst = row.id === 1n
        return {
          ...row,
          untyped: tax,
          // Another type in another row: the column's must not depend on it.
          tax: isFirst ? tax : '-17+cmd',
          paid: isFirst,
          meta: { n: row.id },
          day: isFirst ? new Date('2026-01-31') : null,
        }
      },
      formats: ['csv', 'jsonl', 'xlsx', 'parquet'],
    })

  it('is written in CSV like a number or a text, as it is', async () => {
    expect((await run(definition(), options())).content.toString()).toBe(
      'No.,Untyped,Tax,Paid,Meta,Day\r\n' +
        '1,-17,-17,true,"{""n"":1}",2026-01-31T00:00:00.000Z\r\n' +
        '2,-17,"\'-17+cmd",false,"{""n"":2}",\r\n',
    )
  })

  it('has its type in JSON Lines, wherever the export was cut', async () => {
    const request = { format: 'jsonl' } as const
    const whole = await run(definition(), options({ request }))
    expect(whole.content.toString()).toBe(
      '{"id":1,"untyped":"-17","tax":-17,"paid":true,"meta":{"n":1},"day":"2026-01-31T00:00:00.000Z"}\n' +
        '{"id":2,"untyped":"-17","tax":"-17+cmd","paid":false,"meta":{"n":2},"day":null}\n',
    )
    const long = await run(definition(ORDERS), options({ request }))
    const cut = await run(definition(ORDERS), options({ request, budget: 0 }))
    expect(cut.chunks).toBeGreaterThan(1)
    expect(cut.content.equals(long.content)).toBe(true)
  })

  it('has its type in XLSX, and must have it in Parquet', async () => {
    const { content } = await run(definition(), options({ request: { format: 'xlsx' } }))
    const sheet = (await JSZip.loadAsync(content)).file('xl/worksheets/sheet1.xml')!
    const xml = await sheet.async('string')
    expect(xml).toContain('<v>-17</v>')
    expect(xml).toMatch(/r="F2" s="\d+"><v>46053<\/v>/)
    await expectFailure(
      definition(),
      options({ request: { format: 'parquet' } }),
      TransformFailed,
      /the row with id 2, column tax: the row function returned a value that does not fit a Parquet column of type float/,
    )
  })
})
