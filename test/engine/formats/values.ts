/** Random values of every kind of column, as the server writes them. */
import fc from 'fast-check'
import type { Column } from '../../../engine/rows/column.ts'
import { givenColumn, type Row } from './support.ts'

type Value = fc.Arbitrary<string | Buffer>

const padded = (number: number, digits: number) => String(number).padStart(digits, '0')
const signed = (most: bigint) => fc.bigInt({ min: -most, max: most })
const upTo = (most: number) => fc.integer({ min: 0, max: most })

const integers = (bits: number, unsigned: boolean): Value => {
  const [min, max] = unsigned ? [0n, 2n ** BigInt(bits) - 1n] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
  return fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n)).map(String)
}
const decimals = (precision: number, scale: number): Value =>
  signed(10n ** BigInt(precision) - 1n).map((number) => {
    const digits = String(number < 0n ? -number : number).padStart(scale + 1, '0')
    return `${number < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  })
const doubles: Value = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((number) => String(number === 0 ? 0 : number).replace('e+', 'e'))
const dates = fc.date({ min: new Date('1000-01-01'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true })
const clock = (fraction: number, hours = 23) =>
  fc
    .tuple(upTo(hours), upTo(59), upTo(59), upTo(10 ** fraction - 1))
    .map(
      ([h, m, s, f]) =>
        `${padded(h, 2)}:${padded(m, 2)}:${padded(s, 2)}${fraction === 0 ? '' : `.${padded(f, fraction)}`}`,
    )
const days: Value = dates.map((date) => date.toISOString().slice(0, 10))
const moments = (fraction: number): Value => fc.tuple(days, clock(fraction)).map(([day, time]) => `${day} ${time}`)
/** As far as TIMESTAMP reaches. */
const stamps: Value = fc
  .date({ min: new Date('1970-01-02'), max: new Date('2038-01-18'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, -1).replace('T', ' '))
const texts: Value = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({
    unit: fc.constantFrom('"', ',', '\t', '\r', '\n', ' ', "'", '=', '-', '_x0041_', '受', '<', '&', ']]>'),
  }),
)
const bytes: Value = fc.uint8Array().map((array) => Buffer.from(array))

/** A column of every kind with its values; zero dates, which some formats do not have, are left to other tests. */
const KINDS: readonly [Column, Value][] = [
  [givenColumn('tiny', 'integer', { precision: 1 }), integers(8, false)],
  [givenColumn('unsigned', 'integer', { precision: 4, unsigned: true }), integers(32, true)],
  [givenColumn('big', 'integer', { precision: 8 }), integers(64, false)],
  [givenColumn('bigger', 'integer', { precision: 8, unsigned: true }), integers(64, true)],
  [givenColumn('amount', 'decimal', { precision: 12, scale: 2 }), decimals(12, 2)],
  [givenColumn('wide', 'decimal', { precision: 38, scale: 10 }), decimals(38, 10)],
  [givenColumn('double', 'float', { precision: 8 }), doubles],
  [givenColumn('text', 'text'), texts],
  [givenColumn('json', 'json'), fc.json().filter((json) => !/[\r\n]/.test(json))],
  [givenColumn('bytes', 'binary'), bytes],
  [
    givenColumn('bits', 'bit', { precision: 64 }),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((b) => Buffer.from(b)),
  ],
  [givenColumn('day', 'date'), days],
  [givenColumn('at', 'datetime', { scale: 0 }), moments(0)],
  [givenColumn('fine', 'datetime', { scale: 6 }), moments(6)],
  [givenColumn('stamp', 'timestamp', { scale: 3 }), stamps],
  [
    givenColumn('time', 'time', { scale: 0 }),
    fc.tuple(fc.constantFrom('', '-'), clock(0, 838)).map((parts) => parts.join('')),
  ],
  [givenColumn('year', 'year'), fc.integer({ min: 1901, max: 2155 }).map(String)],
]

export const COLUMNS: Column[] = KINDS.map(([column], index) => ({ ...column, index }))

/** So many rows, each other time it is called. Where they matter, a test prints the seed. */
export function randomRows(rows: number, seed: number): Row[] {
  const row = fc.tuple(...KINDS.map(([, value]) => fc.option(value, { freq: 8 }))) as fc.Arbitrary<Row>
  return fc.sample(row, { numRuns: rows, seed })
}

/** A value as the text formats write it. */
export function written(value: Row[number], column: Column): string | null {
  if (value === null || typeof value === 'string') return value
  if (column.kind === 'binary') return value.toString('base64')
  return BigInt(`0x${value.toString('hex')}`).toString()
}
