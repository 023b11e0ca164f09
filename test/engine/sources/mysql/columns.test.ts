/** What a result's column definitions say, without a server. */
import { isFloat, keyColumn, type Mysql2Field, readColumn } from '../../../../engine/sources/mysql/columns.ts'

const UTF8MB4 = 224
const BINARY = 63
const [NOT_NULL, UNSIGNED, ZEROFILL, ENUM, SET] = [0x1, 0x20, 0x40, 0x100, 0x800]

interface Given {
  type: number
  charset?: number
  length?: number
  flags?: number
  decimals?: number
  /** The alias of its table, and the table's own name. */
  tables?: [string, string]
  names?: [string, string]
  extended?: Buffer
}

describe('a column definition', () => {
  test.each([
    [0, 'decimal'],
    [246, 'decimal'],
    [4, 'float'],
    [5, 'float'],
    [7, 'timestamp'],
    [10, 'date'],
    [14, 'date'],
    [11, 'time'],
    [12, 'datetime'],
    [13, 'year'],
    [16, 'bit'],
    [245, 'json'],
    [242, 'binary'],
    [253, 'text'],
    [254, 'text'],
    [252, 'text'],
    [255, 'binary'],
  ])('of type %i is of kind %s', (type, kind) => {
    expect(columnOf({ type, charset: UTF8MB4 }).kind).toBe(kind)
  })

  test.each([
    [1, 1],
    [2, 2],
    [9, 3],
    [3, 4],
    [8, 8],
  ])('of type %i is an integer of %i bytes', (type, bytes) => {
    expect(columnOf({ type, charset: BINARY })).toMatchObject({ kind: 'integer', precision: bytes, scale: null })
  })

  test('of a FLOAT or a DOUBLE has its bytes', () => {
    expect(columnOf({ type: 4, charset: BINARY, decimals: 31 })).toMatchObject({ precision: 4, scale: null })
    expect(columnOf({ type: 5, charset: BINARY, decimals: 31 })).toMatchObject({ precision: 8, scale: null })
  })

  test.each([252, 253, 254])('of bytes without a character set is binary: %i', (type) => {
    expect(columnOf({ type, charset: BINARY, length: 1 }).kind).toBe('binary')
  })

  test('of a literal NULL is a text, alone or in a derived table', () => {
    expect(columnOf({ type: 6, charset: BINARY, length: 0 }).kind).toBe('text')
    expect(columnOf({ type: 253, charset: BINARY, length: 0 }).kind).toBe('text')
    expect(columnOf({ type: 254, charset: BINARY, length: 0 }).kind).toBe('text')
    expect(columnOf({ type: 252, charset: BINARY, length: 0 }).kind).toBe('binary')
    expect(columnOf({ type: 242, charset: BINARY, length: 0 }).kind).toBe('binary')
  })

  test.each([
    ['DECIMAL(10,2)', { length: 12, decimals: 2 }, 10],
    ['DECIMAL(10,0)', { length: 11, decimals: 0 }, 10],
    ['DECIMAL(10,1)', { length: 12, decimals: 1 }, 10],
    ['DECIMAL(10,2) UNSIGNED', { length: 11, decimals: 2, flags: UNSIGNED }, 10],
    ['DECIMAL(10,0) UNSIGNED', { length: 10, decimals: 0, flags: UNSIGNED }, 10],
  ])('of a %s has its digits', (_, given, digits) => {
    const column = columnOf({ type: 246, charset: BINARY, ...given })
    expect(column).toMatchObject({ precision: digits, scale: given.decimals })
  })

  test('of a BIT has its bits', () => {
    expect(columnOf({ type: 16, charset: BINARY, length: 64 })).toMatchObject({ precision: 64, scale: null })
  })

  test.each([7, 11, 12])('of a time has at most six digits of a second: %i', (type) => {
    const scales = [0, 5, 6, 7, 31].map((decimals) => columnOf({ type, charset: BINARY, decimals }).scale)
    expect(scales).toEqual([0, 5, 6, 6, 6])
  })

  test('of other kinds has neither digits nor a scale', () => {
    expect(columnOf({ type: 10, charset: BINARY, length: 10 })).toMatchObject({ precision: null, scale: null })
    expect(columnOf({ type: 253, charset: UTF8MB4, length: 80 })).toMatchObject({ precision: null, scale: null })
  })

  test('has flags', () => {
    const none = { nullable: true, unsigned: false, zerofill: false, sortsBy: 'value' }
    expect(columnOf({ type: 3, charset: BINARY })).toMatchObject(none)
    expect(columnOf({ type: 3, flags: 0xffff & ~(NOT_NULL | UNSIGNED | ZEROFILL | ENUM | SET) })).toMatchObject(none)
    expect(columnOf({ type: 3, flags: NOT_NULL })).toMatchObject({ ...none, nullable: false })
    expect(columnOf({ type: 3, flags: UNSIGNED })).toMatchObject({ ...none, unsigned: true })
    expect(columnOf({ type: 3, flags: ZEROFILL })).toMatchObject({ ...none, zerofill: true })
    expect(columnOf({ type: 254, flags: ENUM })).toMatchObject({ ...none, sortsBy: 'number' })
    expect(columnOf({ type: 254, flags: SET })).toMatchObject({ ...none, sortsBy: 'number' })
  })

  test.each([
    [247, 'number'],
    [248, 'number'],
    [254, 'value'],
    [255, 'nothing'],
  ])('of type %i is sorted by its %s', (type, sortsBy) => {
    expect(columnOf({ type }).sortsBy).toBe(sortsBy)
  })

  test('has the name in the result, and says whether it is of a table', () => {
    const names = ['合計', 'id'] as [string, string]
    expect(columnOf({ type: 3, names, tables: ['t', 'orders'] })).toMatchObject({ name: '合計', isOfTable: true })
    expect(columnOf({ type: 3, names, tables: ['t', ''] })).toMatchObject({ name: '合計', isOfTable: false })
  })

  test('of a JSON column in MariaDB has its format behind the names', () => {
    const json = Buffer.from('\x06\x01\x04json', 'latin1')
    expect(columnOf({ type: 252, extended: json }).kind).toBe('json')
    const other = Buffer.from('\x06\x00\x04uuid', 'latin1')
    expect(columnOf({ type: 254, extended: other, names: ['json', 'json'] }).kind).toBe('text')
  })

  test('cannot be read if it ends early', () => {
    const whole = definitionOf({ type: 3 })
    for (let length = 4; length < 12; length++) expect(() => readColumn(whole.subarray(0, length))).toThrow(RangeError)
  })
})

describe('a column that mysql2 has read', () => {
  const field: Mysql2Field = {
    ...{ name: 'a', decimals: 0, columnType: 253, columnLength: 80, characterSet: UTF8MB4, flags: 0 },
  }

  test('is a key by its kind and order', () => {
    expect(keyColumn('id', field)).toEqual({ name: 'id', kind: 'text', sortsBy: 'value' })
    expect(keyColumn('id', { ...field, characterSet: BINARY })).toMatchObject({ kind: 'binary' })
    expect(keyColumn('id', { ...field, columnType: 255 })).toMatchObject({ kind: 'binary', sortsBy: 'nothing' })
    expect(keyColumn('id', { ...field, columnType: 8 })).toMatchObject({ kind: 'integer' })
    expect(keyColumn('id', { ...field, columnType: 254, flags: ENUM })).toMatchObject({ sortsBy: 'number' })
    expect(keyColumn('id', { ...field, extendedFormat: 'json' })).toMatchObject({ kind: 'json' })
    expect(keyColumn('id', { ...field, extendedFormat: 'uuid' })).toMatchObject({ kind: 'text' })
  })

  test('is a FLOAT or not', () => {
    expect([3, 4, 5, 246].filter((columnType) => isFloat({ ...field, columnType }))).toEqual([4])
  })
})

function columnOf(given: Given) {
  return readColumn(definitionOf(given))
}

function definitionOf(given: Given): Buffer {
  const { type, charset = UTF8MB4, length = 80, flags = 0, decimals = 0 } = given
  const { tables = ['', ''], names = ['id', 'id'], extended = Buffer.alloc(0) } = given
  const texts = ['def', 'shop', ...tables, ...names].map((text) => {
    const bytes = Buffer.from(text)
    return Buffer.concat([Buffer.of(bytes.length), bytes])
  })
  const fixed = Buffer.alloc(13)
  fixed[0] = 12
  fixed.writeUInt16LE(charset, 1)
  fixed.writeUInt32LE(length, 3)
  fixed[7] = type
  fixed.writeUInt16LE(flags, 8)
  fixed[10] = decimals
  return Buffer.concat([...texts, extended, fixed])
}
