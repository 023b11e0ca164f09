/** What the Data API's metadata say of columns, and how each is selected, without a Data API. */
import type { ColumnMetadata } from '@aws-sdk/client-rds-data'
import { selectColumn, selectTinyInt } from '../../../../engine/sources/data-api/columns.ts'

const columnOf = (typeName: string, more: ColumnMetadata = {}) =>
  selectColumn({ label: 'a', typeName, precision: 10, isSigned: true, ...more })
const TEXT = 'CAST(carryout.`a` AS CHAR CHARACTER SET utf8mb4)'

describe('a column of the Data API', () => {
  test.each([
    ['TINYINT', 1],
    ['BOOL', 1],
    ['BOOLEAN', 1],
    ['SMALLINT', 2],
    ['MEDIUMINT', 3],
    ['INT', 4],
    ['INTEGER', 4],
    ['BIGINT', 8],
  ])('%s is an integer of %i bytes, as text', (type, bytes) => {
    const expected = { kind: 'integer', precision: bytes, scale: null, unsigned: false, zerofill: false }
    expect(columnOf(type)).toMatchObject({ ...expected, expression: TEXT, arrives: 'text' })
  })

  test('an integer may be unsigned, by its type or by its sign, and padded', () => {
    expect(columnOf('INT UNSIGNED ZEROFILL')).toMatchObject({ unsigned: true, zerofill: true, kind: 'integer' })
    expect(columnOf('int(10) unsigned')).toMatchObject({ unsigned: true, zerofill: false, kind: 'integer' })
    for (const type of ['BIGINT', 'DECIMAL', 'DOUBLE']) expect(columnOf(type, { isSigned: false }).unsigned).toBe(true)
    expect(columnOf('VARCHAR', { isSigned: false }).unsigned).toBe(false)
    expect(columnOf('DATE', { isSigned: false }).unsigned).toBe(false)
    expect([columnOf('YEAR').unsigned, columnOf('BIT').unsigned]).toEqual([true, true])
  })

  test('a decimal has its digits', () => {
    const given = { precision: 12, scale: 2 }
    expect(columnOf('DECIMAL', given)).toMatchObject({ kind: 'decimal', precision: 12, scale: 2, expression: TEXT })
    expect(columnOf('NUMERIC', { ...given, scale: undefined })).toMatchObject({ kind: 'decimal', scale: 0 })
  })

  test('a FLOAT arrives as the double’s text, a DOUBLE as a number with all its digits', () => {
    const float = columnOf('FLOAT')
    expect(float).toMatchObject({ kind: 'float', precision: 4, scale: null, arrives: 'text' })
    expect(float.expression).toBe('CAST(carryout.`a` + 0e0 AS CHAR CHARACTER SET utf8mb4)')
    for (const type of ['DOUBLE', 'REAL']) {
      expect(columnOf(type)).toMatchObject({ kind: 'float', precision: 8, scale: null, arrives: 'number' })
      expect(columnOf(type).expression).toMatch(/JSON_ARRAY\(carryout\.`a`\)/)
    }
  })

  test('a BIT arrives as the hexadecimal text of its bytes', () => {
    const expected = { kind: 'bit', precision: 10, scale: null, arrives: 'hex' }
    expect(columnOf('BIT')).toMatchObject({ ...expected, expression: 'HEX(CAST(carryout.`a` AS BINARY))' })
    expect(columnOf('BIT', { precision: undefined }).precision).toBe(0)
  })

  test.each(['BINARY', 'VARBINARY', 'TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB'])('%s arrives as bytes', (type) => {
    const expected = { kind: 'binary', precision: null, scale: null, arrives: 'hex', declaredBytes: 10 }
    expect(columnOf(type)).toMatchObject({ ...expected, expression: 'carryout.`a`' })
  })

  test.each(['VECTOR', 'GEOMETRY', 'POINT', 'GEOMCOLLECTION', 'MULTIPOLYGON'])('%s arrives as HEX', (type) => {
    expect(columnOf(type)).toMatchObject({ kind: 'binary', arrives: 'hex', expression: 'HEX(carryout.`a`)' })
  })

  test('bytes of length 0 are a literal NULL, but not a BLOB whose length is not known', () => {
    for (const precision of [0, undefined]) {
      expect(columnOf('VARBINARY', { precision })).toMatchObject({ kind: 'text', declaredBytes: 0 })
      expect(columnOf('BINARY', { precision })).toMatchObject({ kind: 'text', arrives: 'text' })
      expect(columnOf('BLOB', { precision }).kind).toBe('binary')
    }
  })

  test.each([
    ['DATETIME', 19, 0],
    ['DATETIME', 20, 0],
    ['DATETIME', 21, 1],
    ['DATETIME', 26, 6],
    ['TIMESTAMP', 23, 3],
    ['TIMESTAMP', 99, 6],
    ['TIME', 10, 0],
    ['TIME', 12, 1],
    ['TIME', 17, 6],
    ['TIME', undefined, 0],
  ])('a %s of the length %p has %i digits of a second', (type, precision, scale) => {
    expect(columnOf(type, { precision })).toMatchObject({ precision: null, scale, expression: TEXT })
  })

  test('a time’s scale is taken from the metadata if they have it', () => {
    expect(columnOf('DATETIME', { precision: 26, scale: 3 }).scale).toBe(3)
    expect(columnOf('TIME', { precision: 10, scale: 1 }).scale).toBe(1)
    expect(columnOf('DATETIME', { precision: 21, scale: undefined }).scale).toBe(1)
    expect(columnOf('DATETIME', { precision: 19, scale: undefined }).scale).toBe(0)
    expect(columnOf('DATE', { precision: 10, scale: 3 }).scale).toBeNull()
  })

  test('any other type is a text, whose characters may have four bytes', () => {
    const expected = { kind: 'text', precision: null, scale: null, expression: TEXT, arrives: 'text' }
    expect(columnOf('VARCHAR')).toMatchObject({ ...expected, declaredBytes: 40, sortsBy: 'value' })
    expect(columnOf('', { typeName: undefined })).toMatchObject(expected)
    expect(columnOf('TEXT', { precision: undefined }).declaredBytes).toBe(0)
    expect(columnOf('JSON')).toMatchObject({ kind: 'json', declaredBytes: 10, expression: TEXT })
  })

  test('an ENUM or a SET is sorted by its number, a geometry by nothing', () => {
    const types = ['ENUM', 'SET', 'POINT', 'INT']
    expect(types.map((type) => columnOf(type).sortsBy)).toEqual(['number', 'number', 'nothing', 'value'])
  })

  test('may be NULL unless the metadata say otherwise', () => {
    expect([0, 1, 2, undefined].map((nullable) => columnOf('INT', { nullable }).nullable)).toEqual([
      ...[false, true, true, true],
    ])
  })

  test('has its label as its name', () => {
    expect(columnOf('INT', { label: 'total', name: 'a' }).name).toBe('total')
    expect(columnOf('INT', { label: '', name: 'a' }).name).toBe('a')
    expect(columnOf('INT', { label: undefined }).name).toBe('')
    expect(columnOf('INT', { label: 'a`b' }).expression).toContain('carryout.`a``b`')
  })

  test('that is reported as BIT may be a TINYINT(1)', () => {
    const expected = { kind: 'integer', unsigned: false, precision: 1, scale: null, name: 'a' }
    expect(selectTinyInt(columnOf('BIT'))).toMatchObject({ ...expected, expression: TEXT, arrives: 'text' })
  })
})
