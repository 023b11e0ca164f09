/** Random tables of a real database: any types of column, any values. */
import fc from 'fast-check'
import type { Column } from '../../engine/rows/column.ts'

export interface RandomColumn extends Pick<Column, 'name' | 'kind' | 'precision'> {
  /** After the name in CREATE TABLE. */
  type: string
  values: fc.Arbitrary<string | Buffer>
}

export interface RandomTable {
  [fc.toStringMethod](): string
  columns: RandomColumn[]
  /** Which of them the file has, in its order: all as they are, or some in any order, and `k` and `t` always. */
  shown: number[]
  rows: (string | Buffer | null)[][]
}

/** As much of Shift_JIS as tells encodings apart. */
const CP932 = 'aZ0",;|\t\r\n =+-@\\~\'受注髙①ｱﾞ～－'
const texts = {
  any: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom(...'",;|\t\r\n =+-@\'\\<&>_', '_x0041_', '受', ']]>', '\ufffe', '\u0001') }),
  ),
  cp932: fc.string({ unit: fc.constantFrom(...CP932) }),
}
export type Repertoire = keyof typeof texts

const digits = (number: number, count: number) => String(number).padStart(count, '0')
const fraction = (count: number) =>
  count === 0 ? fc.constant('') : fc.integer({ min: 0, max: 10 ** count - 1 }).map((n) => `.${digits(n, count)}`)
const clock = (hours: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: hours }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 }))
    .map((parts) => parts.map((part) => digits(part, 2)).join(':'))
const day = (from: string, to: string) =>
  fc
    .date({ min: new Date(from), max: new Date(to), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10))
const together = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(''))

type Type = Omit<RandomColumn, 'name'>

const integers = fc
  .tuple(
    fc.constantFrom(['TINYINT', 1], ['SMALLINT', 2], ['MEDIUMINT', 3], ['INT', 4], ['BIGINT', 8]) as fc.Arbitrary<
      [string, number]
    >,
    fc.boolean(),
  )
  .map(([[name, bytes], unsigned]): Type => {
    const size = 2n ** BigInt(8 * bytes)
    const [min, max] = unsigned ? [0n, size - 1n] : [-size / 2n, size / 2n - 1n]
    return {
      type: unsigned ? `${name} UNSIGNED` : name,
      kind: 'integer',
      precision: bytes,
      values: fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max)).map(String),
    }
  })

/** DuckDB has no more digits than 38. */
const decimals = fc
  .integer({ min: 1, max: 38 })
  .chain((precision) => fc.tuple(fc.constant(precision), fc.integer({ min: 0, max: Math.min(precision, 30) })))
  .map(([precision, scale]): Type => {
    const most = 10n ** BigInt(precision) - 1n
    return {
      type: `DECIMAL(${precision}, ${scale})`,
      kind: 'decimal',
      precision,
      values: fc.bigInt({ min: -most, max: most }).map((n) => `${n}e-${scale}`),
    }
  })

const fractions = fc.integer({ min: 0, max: 6 })
const others = (repertoire: Repertoire): fc.Arbitrary<Type>[] => [
  fc.constant({
    type: 'DOUBLE',
    kind: 'float',
    precision: 8,
    values: fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  }),
  fc.constant({
    type: 'FLOAT',
    kind: 'float',
    precision: 4,
    values: fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  }),
  fc.constant({ type: 'VARCHAR(200)', kind: 'text', precision: null, values: texts[repertoire] }),
  fc.constant({ type: 'LONGTEXT', kind: 'text', precision: null, values: texts[repertoire] }),
  fc.constant({
    type: "ENUM('', 'a', '受注', 'x,\"y\"')",
    kind: 'text',
    precision: null,
    values: fc.constantFrom('', 'a', '受注', 'x,"y"'),
  }),
  fc.constant({
    type: 'JSON',
    kind: 'json',
    precision: null,
    values: repertoire === 'any' ? fc.json({ stringUnit: 'grapheme' }) : fc.json(),
  }),
  fc.constant({
    type: 'BLOB',
    kind: 'binary',
    precision: null,
    values: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.integer({ min: 1, max: 64 }).map(
    (bits): Type => ({
      type: `BIT(${bits})`,
      kind: 'bit',
      precision: bits,
      values: fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }).map((n) => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigUInt64BE(n)
        return bytes.subarray(8 - Math.ceil(bits / 8))
      }),
    }),
  ),
  fc.constant({ type: 'DATE', kind: 'date', precision: null, values: day('1000-01-01', '9999-12-31') }),
  fractions.map(
    (count): Type => ({
      type: `DATETIME(${count})`,
      kind: 'datetime',
      precision: null,
      values: together(day('1000-01-01', '9999-12-31'), fc.constant(' '), clock(23), fraction(count)),
    }),
  ),
  fractions.map(
    (count): Type => ({
      type: `TIMESTAMP(${count})`,
      kind: 'timestamp',
      precision: null,
      values: together(day('1970-01-03', '2038-01-17'), fc.constant(' '), clock(23), fraction(count)),
    }),
  ),
  fractions.map(
    (count): Type => ({
      type: `TIME(${count})`,
      kind: 'time',
      precision: null,
      values: together(fc.constantFrom('', '-'), clock(838), fraction(count)).filter(
        (time) => !/^-?838:59:59\.0*[1-9]/.test(time),
      ),
    }),
  ),
  fc.constant({
    type: 'YEAR',
    kind: 'year',
    precision: null,
    values: fc.integer({ min: 1901, max: 2155 }).map(String),
  }),
]

/** What may be a key, so that its values are distinct for the database, too. */
const keys: fc.Arbitrary<Type>[] = [
  integers,
  decimals,
  fc.constant({
    type: 'VARCHAR(40) COLLATE utf8mb4_bin',
    kind: 'text',
    precision: null,
    values: fc.string({ unit: fc.constantFrom(...'abAB09 "\'%_,受é😀'), minLength: 1 }).map((text) => `${text}.`),
  }),
  fc.constant({
    type: 'VARBINARY(40)',
    kind: 'binary',
    precision: null,
    values: fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  }),
  fractions.map(
    (count): Type => ({
      type: `DATETIME(${count})`,
      kind: 'datetime',
      precision: null,
      values: together(day('1000-01-01', '9999-12-31'), fc.constant(' '), clock(23), fraction(count)),
    }),
  ),
]

/** A table with a key `k`, a text `t` and up to six columns more. */
export function randomTable(repertoire: Repertoire): fc.Arbitrary<RandomTable> {
  const ascii = repertoire === 'cp932' ? keys.filter((_, index) => index !== 2) : keys
  const text: Type = { type: 'TEXT', kind: 'text', precision: null, values: texts[repertoire] }
  return fc
    .tuple(fc.oneof(...ascii), fc.array(fc.oneof(integers, decimals, ...others(repertoire)), { maxLength: 6 }))
    .chain(([key, more]) => {
      const columns = [
        { ...key, name: 'k' },
        { ...text, name: 't' },
        ...more.map((type, index) => ({ ...type, name: `c${index}` })),
      ]
      const [first, ...rest] = columns
      const row = fc.tuple(first!.values, ...rest.map(({ values }) => fc.option(values, { freq: 6 })))
      const rows = fc.uniqueArray(row, { selector: ([value]) => sameKey(value!, key), maxLength: 60, size: 'max' })
      const every = columns.map((_, index) => index)
      const some = fc
        .shuffledSubarray(every)
        .map((shown) => [...shown, ...[0, 1].filter((index) => !shown.includes(index))])
      return fc.tuple(rows, fc.oneof(fc.constant(every), some)).map(
        ([all, shown]): RandomTable => ({
          columns,
          shown,
          rows: all,
          [fc.toStringMethod]: () => described(columns, shown, all),
        }),
      )
    })
}

/** In a failure's message, in place of the arbitraries themselves. */
function described(columns: readonly RandomColumn[], shown: number[], rows: RandomTable['rows']): string {
  const names = shown.map((index) => columns[index]!.name)
  return `(${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}) → ${names} ${fc.stringify(rows)}`
}

function sameKey(value: string | Buffer, { kind }: Type): string {
  if (kind === 'decimal') return String(BigInt((value as string).split('e')[0]!))
  return value.toString('hex')
}
