import { numberWriter } from '../../../engine/rows/number-writer.ts'
import { givenBatch, givenColumn, type Row } from '../formats/support.ts'

const id = givenColumn('id', 'integer', { precision: 4 })
const float = givenColumn('float', 'float', { precision: 4 })
const double = givenColumn('double', 'float', { precision: 8 })
const decimal = givenColumn('decimal', 'decimal', { precision: 10, scale: 2 })
const whole = givenColumn('whole', 'decimal', { precision: 10, scale: 0 })
const all = () => true
const none = () => false

test('nothing is rewritten without a FLOAT or a decimal that may lack digits', () => {
  expect(numberWriter([id, double, whole], all)).toBeNull()
  expect(numberWriter([decimal], none)).toBeNull()
})

test('a FLOAT is written with its fewest digits, and all other values as they are', () => {
  const rows: Row[] = [
    ['1', '0.10000000149011612', '0.10000000149011612', 'a'],
    ['2', null, null, 'b'],
    ['3', '16777216', '1e300', null],
  ]
  const expected = [['1', '0.1', '0.10000000149011612', 'a'], ...rows.slice(1)]
  expectRewritten([id, float, double, givenColumn('name', 'text')], all, [[rows, expected]])
})

test('a decimal gets the digits that it lacks', () => {
  const rows: Row[] = [
    ['0', '0'],
    ['-7.5', '-7.5'],
    [null, null],
    ['12.25', '12.25'],
  ]
  const expected = [
    ['0.00', '0'],
    ['-7.50', '-7.5'],
    [null, null],
    ['12.25', '12.25'],
  ]
  expectRewritten([decimal, decimal], (index) => index === 0, [[rows, expected]])
})

test('a batch whose decimals have their digits is passed on as it is', () => {
  const source = givenBatch([
    ['1', '0.00'],
    ['2', null],
  ])
  expect(numberWriter([id, decimal], all)!.write(source)).toBe(source)
})

test('a batch may be larger or smaller than the one before', () => {
  const short: Row[] = [['1', '1']]
  const long = Array.from({ length: 100 }, (_, index): Row => [String(index), '9'.repeat(8)])
  const written = (rows: Row[]) => rows.map(([key, value]): Row => [key!, `${value}.00`])
  expectRewritten([id, decimal], all, [
    [short, written(short)],
    [long, written(long)],
    [short, written(short)],
  ])
})

function expectRewritten(
  columns: Parameters<typeof numberWriter>[0],
  mayLackDigits: (index: number) => boolean,
  batches: [given: Row[], expected: Row[]][],
) {
  const writer = numberWriter(columns, mayLackDigits)!
  for (const [given, expected] of batches) {
    const { bytes, starts, ends, rows } = writer.write(givenBatch(given))
    const written = Array.from({ length: rows }, (_, row) => bytes.toString('latin1', starts[row], ends[row]))
    const { bytes: right, ...at } = givenBatch(expected)
    expect(written).toEqual(expected.map((_, row) => right.toString('latin1', at.starts[row], at.ends[row])))
  }
}
