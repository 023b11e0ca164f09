import type { Batch } from '../../../engine/rows/batch.ts'
import { locateFields } from '../../../engine/rows/batch.ts'
import type { SourceColumn } from '../../../engine/rows/column.ts'
import { numberWriter } from '../../../engine/rows/number-writer.ts'
import { givenBatch, givenColumn, type Row } from '../formats/support.ts'

const text = givenColumn('text', 'text')
const amount = givenColumn('amount', 'decimal', { precision: 12, scale: 2 })
const rate = givenColumn('rate', 'decimal', { precision: 12, scale: 4 })
const float = givenColumn('float', 'float', { precision: 4 })
const double = givenColumn('double', 'float', { precision: 8 })

test.each<[string, SourceColumn[]]>([
  ['texts', [text]],
  ['doubles', [double]],
  ['whole decimals', [givenColumn('whole', 'decimal', { scale: 0 })]],
  ['decimals of an unknown scale', [givenColumn('unknown', 'decimal', { scale: null })]],
  ['a FLOAT’s size but not its kind', [givenColumn('int', 'integer', { precision: 4, scale: 2 })]],
])('nothing is written anew for %s', (_, columns) => {
  expect(numberWriter(columns, () => true)).toBeNull()
})

test('nothing is written anew if no decimal may lack digits', () => {
  expect(numberWriter([text, amount], () => false)).toBeNull()
})

test.each([
  ['0', '0.00'],
  ['-7', '-7.00'],
  ['1.5', '1.50'],
  ['-1.5', '-1.50'],
  ['12.34', '12.34'],
  ['12.345', '12.345'],
  [null, null],
])('the decimal %j gets the digits of its column: %j', (own, expected) => {
  expectRows([amount], [[own]], [[expected]])
  expectRows([text, amount, text], [['a', own, 'b']], [['a', expected, 'b']])
})

test('a decimal with a single digit after its point gets it', () => {
  const tenths = givenColumn('tenths', 'decimal', { precision: 4, scale: 1 })
  expectRows([tenths], [['5'], ['1.5']], [['5.0'], ['1.5']])
})

test('only the decimals that may lack digits are written anew', () => {
  const writer = numberWriter([amount, rate], (index) => index === 1)!
  expect(rowsOf(writer.write(givenBatch([['1', '2']])), 2)).toEqual([['1', '2.0000']])
})

test('rows whose decimals have their digits are passed on as they are', () => {
  const batch = givenBatch([
    ['a', '1.00', '7'],
    ['b', null, '8'],
  ])
  expect(numberWriter([text, amount, text], () => true)!.write(batch)).toBe(batch)
})

test('one decimal that lacks digits is found in any row and column', () => {
  const right: Row = ['1.00', '2.0000']
  for (const [row, column] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const rows: Row[] = [[...right], [...right]]
    rows[row]![column] = '5'
    const expected: Row[] = [[...right], [...right]]
    expected[row]![column] = column === 0 ? '5.00' : '5.0000'
    expectRows([amount, rate], rows, expected)
  }
})

test('the point of the column before is not taken for a decimal’s own', () => {
  expectRows([amount, rate], [['1.00', '5']], [['1.00', '5.0000']])
  expectRows([rate, amount], [['1.0000', '5']], [['1.0000', '5.00']])
  expectRows([text, amount], [['.', '5']], [['.', '5.00']])
})

test('a FLOAT has its fewest digits, and what is around it is kept', () => {
  expectRows(
    [text, float, double, float, text],
    [
      ['受注', '0.10000000149011612', '0.10000000149011612', null, 'x'.repeat(300)],
      [null, null, null, '16777216', ''],
      ['', '-1.1754943508222875e-38', '1', '3.4028234663852886e38', 'z'],
    ],
    [
      ['受注', '0.1', '0.10000000149011612', null, 'x'.repeat(300)],
      [null, null, null, '16777216', ''],
      ['', '-1.1754944e-38', '1', '3.4028235e38', 'z'],
    ],
  )
})

test('a decimal beside FLOATs has its digits as well', () => {
  expectRows([float, amount], [['0.5', '1']], [['0.5', '1.00']])
  expectRows([float, amount, float], [['0.5', '1.25', null]], [['0.5', '1.25', null]])
})

test('many rows that all grow have room, and later batches of any size too', () => {
  const wide = givenColumn('wide', 'decimal', { precision: 65, scale: 30 })
  const writer = numberWriter([wide, wide], () => true)!
  for (const rows of [3, 1000, 1, 1000, 2000]) {
    const written = writer.write(givenBatch(Array.from({ length: rows }, (_, i): Row => [`${i}`, `${i}`])))
    const digits = '0'.repeat(30)
    expect(rowsOf(written, 2)).toEqual(Array.from({ length: rows }, (_, i) => [`${i}.${digits}`, `${i}.${digits}`]))
  }
})

function expectRows(columns: SourceColumn[], rows: Row[], expected: Row[]) {
  const written = numberWriter(columns, () => true)!.write(givenBatch(rows))
  expect(rowsOf(written, columns.length)).toEqual(expected)
}

/** Reads the batch's fields, and checks that its rows follow one another. */
function rowsOf(batch: Batch, count: number): (string | null)[][] {
  const [starts, ends] = [new Int32Array(count), new Int32Array(count)]
  return Array.from({ length: batch.rows }, (_, row) => {
    expect(locateFields(batch.bytes, batch.starts[row]!, count, starts, ends)).toBe(batch.ends[row])
    expect(batch.starts[row]).toBe(row === 0 ? 0 : batch.ends[row - 1])
    return Array.from(starts, (start, i) => (start === -1 ? null : batch.bytes.toString('utf8', start, ends[i])))
  })
}
