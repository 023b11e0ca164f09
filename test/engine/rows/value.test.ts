import type { ColumnKind } from '../../../engine/rows/column.ts'
import { readValue, textOf, type Value } from '../../../engine/rows/value.ts'
import { givenColumn } from '../formats/support.ts'

describe('a field', () => {
  test.each<[ColumnKind, number | null, string, Value]>([
    ['integer', 4, '0', 0],
    ['integer', 4, '-2147483648', -2147483648],
    ['integer', 4, '4294967295', 4294967295],
    ['integer', 8, '7', 7n],
    ['integer', 8, '-7', -7n],
    ['integer', 8, '123456789012345', 123456789012345n],
    ['integer', 8, '1234567890123456', 1234567890123456n],
    ['integer', 8, '9999999999999999', 9999999999999999n],
    ['integer', 8, '-9223372036854775808', -9223372036854775808n],
    ['integer', 8, '18446744073709551615', 18446744073709551615n],
    // A ZEROFILL column may be as wide as its declaration.
    ['integer', 4, '00000000000000000042', 42],
    ['integer', 4, '00000000000000000000000042', 42],
    ['year', null, '2026', 2026],
    ['year', null, '0000', 0],
    ['float', 8, '-1.5e300', -1.5e300],
    ['decimal', 10, '-12.50', '-12.50'],
    ['date', null, '0000-00-00', '0000-00-00'],
    ['time', null, '-838:59:59', '-838:59:59'],
    ['timestamp', null, '2026-01-31 12:00:00.5', '2026-01-31 12:00:00.5'],
    ['json', null, '{"a":"é"}', '{"a":"é"}'],
  ])('of kind %s %j is read: %s', (kind, precision, text, value) => {
    expect(read(kind, Buffer.from(text), precision)).toBe(value)
  })

  test.each([
    ...['', 'a', '~', '\x7f', '\x80', 'é', '\u07ff', '\u0800', '受注', '\uffff', '😀', 'a😀', '\0'],
    ...['12345678', '123456789', '一二三四五六七八', '一二三四五六七八九', '1234567é', '1234567éé', '1234567受'],
    ...['x'.repeat(24), 'x'.repeat(25), '受'.repeat(8), 'é'.repeat(8), 'é'.repeat(12), '長い文章'.repeat(20)],
  ])('of text is read: %j', (text) => {
    expect(read('text', Buffer.from(text))).toBe(text)
  })

  test('of bytes is a copy that the function may keep', () => {
    const bytes = Buffer.from([0, 255, 7])
    const batch = Buffer.concat([Buffer.of(1), bytes, Buffer.of(2)])
    const value = readValue(givenColumn('c', 'binary'), batch, 1, 4)
    batch.fill(9)
    expect(value).toEqual(bytes)
  })

  test('of bits is their number', () => {
    expect(read('bit', Buffer.from([1, 0]))).toBe(256n)
  })
})

describe('what a row function returned', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular

  test.each<[unknown, string | null]>([
    ['a', 'a'],
    ['', ''],
    ['\ud800a', '\ufffda'],
    [1.5, '1.5'],
    [1e21, '1e+21'],
    [Number.NaN, null],
    [Number.POSITIVE_INFINITY, null],
    [12345678901234567890n, '12345678901234567890'],
    [true, 'true'],
    [false, 'false'],
    [new Date('2026-01-31T12:00:00.250Z'), '2026-01-31T12:00:00.250Z'],
    [new Date(Number.NaN), null],
    [Buffer.from([0, 255, 1]), 'AP8B'],
    [new Uint8Array([9, 0, 255, 1, 9]).subarray(1, 4), 'AP8B'],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    [{ id: 12345678901234567890n, name: 'x' }, '{"id":12345678901234567890,"name":"x"}'],
    [{ toJSON: () => undefined }, null],
    [{ toJSON: (key: string) => (key === '' ? undefined : 1) }, null],
    [undefined, null],
    [Symbol('s'), null],
    [() => 1, null],
  ])('%p is written as %j', (value, text) => {
    expect(textOf(value)).toBe(text)
  })

  test('is refused if it refers to itself', () => {
    expect(() => textOf(circular)).toThrow(TypeError)
  })
})

/** Reads the bytes from between others. */
function read(kind: ColumnKind, bytes: Buffer, precision: number | null = null): Value {
  const batch = Buffer.concat([Buffer.from('98'), bytes, Buffer.from('77')])
  return readValue(givenColumn('c', kind, { precision }), batch, 2, 2 + bytes.length)
}
