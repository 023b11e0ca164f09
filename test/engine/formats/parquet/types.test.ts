/** The Parquet type of each kind of column, and the bytes of its values. */
import { columnType } from '../../../../engine/formats/parquet/types.ts'
import type { Column, ColumnKind } from '../../../../engine/rows/column.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf } from '../../../../engine/rows/words.ts'
import { TransformFailed } from '../../../../statemachine/errors.ts'
import { givenColumn } from '../support.ts'

type Given = Partial<Column> & { kind: ColumnKind }

describe('the type', () => {
  test.each<[number | null, boolean, object]>([
    [1, false, { type: 'INT32' }],
    [3, true, { type: 'INT32' }],
    [4, false, { type: 'INT32' }],
    [4, true, { type: 'INT64' }],
    [5, false, { type: 'INT64' }],
    [8, false, { type: 'INT64' }],
    [8, true, { type: 'INT64', converted_type: 'UINT_64' }],
    [null, true, { type: 'INT64', converted_type: 'UINT_64' }],
  ])('of an integer of %j bytes, unsigned: %s, is %j', (precision, unsigned, expected) => {
    const base = { name: 'c', repetition_type: 'OPTIONAL' }
    expect(elementOf({ kind: 'integer', precision, unsigned })).toEqual({ ...base, ...expected })
  })

  test.each<[number, object]>([
    [1, { type: 'INT32' }],
    [9, { type: 'INT32' }],
    [10, { type: 'INT64' }],
    [18, { type: 'INT64' }],
    [19, { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 9 }],
    [38, { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16 }],
    // DuckDB reads larger ones eight bytes at a time.
    [39, { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 24 }],
    [65, { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 32 }],
  ])('of a decimal of %i digits is %j', (precision, expected) => {
    const element = elementOf({ kind: 'decimal', precision, scale: 1 })
    const logical_type = { type: 'DECIMAL', precision, scale: 1 }
    expect(element).toMatchObject({ ...expected, converted_type: 'DECIMAL', precision, scale: 1, logical_type })
  })

  test('of a decimal of an unknown size holds the largest', () => {
    expect(elementOf({ kind: 'decimal' })).toMatchObject({ type_length: 32, precision: 65, scale: 0 })
  })

  test('of an instant is adjusted to UTC, and of a date and time is not', () => {
    const logical = { type: 'TIMESTAMP', unit: 'MICROS' }
    const instant = { converted_type: 'TIMESTAMP_MICROS', logical_type: { ...logical, isAdjustedToUTC: true } }
    expect(elementOf({ kind: 'timestamp' })).toMatchObject(instant)
    expect(elementOf({ kind: 'datetime' })).toMatchObject({ logical_type: { ...logical, isAdjustedToUTC: false } })
    expect(elementOf({ kind: 'datetime' })).not.toHaveProperty('converted_type')
  })
})

describe('a value', () => {
  test.each<[Given, string | Buffer, string]>([
    [{ kind: 'integer', precision: 4 }, '-2', 'feffffff'],
    [{ kind: 'integer', precision: 8 }, '-2', 'feffffffffffffff'],
    [{ kind: 'year' }, '2026', 'ea070000'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, '-1.50', '6affffff'],
    [{ kind: 'decimal', precision: 18, scale: 2 }, '1.50', '9600000000000000'],
    [{ kind: 'decimal', precision: 19, scale: 2 }, '-1.50', 'ffffffffffffffff6a'],
    [{ kind: 'float', precision: 4 }, '1.5', '0000c03f'],
    [{ kind: 'float', precision: 8 }, '1.5', '000000000000f83f'],
    [{ kind: 'bit' }, Buffer.of(1, 2), '0201000000000000'],
    [{ kind: 'binary' }, Buffer.of(0, 255), '0200000000ff'],
    [{ kind: 'text' }, 'é', '02000000c3a9'],
    [{ kind: 'date' }, '1970-01-03', '02000000'],
  ])('of %j is written in its bytes: %s', (column, value, bytes) => {
    expect(written(column, value).toString('hex')).toBe(bytes)
  })

  test.each<[Given, string, string, bigint]>([
    [{ kind: 'datetime' }, '1970-01-01 13:00:01.250000', '+09:00', 46_801_250_000n],
    [{ kind: 'timestamp' }, '1970-01-01 09:00:01.25', '+09:00', 1_250_000n],
    [{ kind: 'timestamp' }, '1970-01-01 01:00:01', 'Europe/Berlin', 1_000_000n],
    // A Date of a row function.
    [{ kind: 'datetime', transformedFrom: 'datetime' }, '1970-01-01T00:00:01.257Z', '+09:00', 1_257_000n],
    [{ kind: 'timestamp', transformedFrom: 'timestamp' }, '1970-01-01T00:00:01.257Z', '+09:00', 1_257_000n],
    [{ kind: 'timestamp', transformedFrom: 'timestamp' }, '1970-01-01 09:00:01.250', '+09:00', 1_250_000n],
  ])('of %j is written in microseconds: %s in %s', (column, value, timeZone, micros) => {
    expect(written(column, value, timeZone).readBigInt64LE()).toBe(micros)
  })

  test.each<[Given, string]>([
    [{ kind: 'date' }, '2026-00-00'],
    [{ kind: 'datetime' }, '0000-00-00 00:00:00'],
  ])('of %j is refused if it is not in the calendar: %s', (column, value) => {
    const refused = () => written(column, value)
    expect(refused).toThrow(TransformFailed)
    expect(refused).toThrow(`row 1, column c: ${value} is not a date that Parquet can hold.`)
  })

  test('is refused in the hour that the clock shows twice', () => {
    const refused = () => written({ kind: 'timestamp' }, '2026-10-25 02:30:00', 'Europe/Berlin')
    expect(refused).toThrow(TransformFailed)
    expect(refused).toThrow('row 1, column c: the clock of Europe/Berlin shows 2026-10-25 02:30:00 twice')
  })
})

describe('what a row function returned', () => {
  test.each<[Given, string, string]>([
    [{ kind: 'integer', precision: 4 }, '7', '07000000'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, '1.5', '96000000'],
    [{ kind: 'text' }, 'any', '03000000616e79'],
    [{ kind: 'json' }, 'any', '03000000616e79'],
    [{ kind: 'time' }, 'any', '03000000616e79'],
  ])('is written if it fits %j: %s', (column, value, bytes) => {
    expect(written({ ...column, transformedFrom: column.kind }, value).toString('hex')).toBe(bytes)
  })

  test.each<[Given, string]>([
    [{ kind: 'integer', precision: 4 }, 'many'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, '1.555'],
    [{ kind: 'date' }, 'soon'],
  ])('is refused if it does not fit %j: %s', (column, value) => {
    const refused = () => written({ ...column, transformedFrom: column.kind }, value)
    expect(refused).toThrow(TransformFailed)
    expect(refused).toThrow(
      `row 1, column c: the row function returned a value that does not fit a Parquet column of type ${column.kind}.`,
    )
  })
})

function elementOf({ kind, ...change }: Given) {
  return columnType(givenColumn('c', kind, change), '+00:00').element
}

function written({ kind, ...change }: Given, value: string | Buffer, timeZone = '+00:00'): Buffer {
  const output = new Output(0, 64)
  // The field stands between others.
  const bytes = Buffer.concat([Buffer.from('1'), Buffer.from(value as string), Buffer.from('2')])
  const { write } = columnType(givenColumn('c', kind, change), timeZone)
  write(sourceOf(bytes), 1, bytes.length - 1, output, ({ name }) => `row 1, column ${name}`)
  return output.written
}
