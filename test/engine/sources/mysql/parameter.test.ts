/** How values are bound, without a server. */
import {
  cursorParameter,
  keywordOf,
  markerOf,
  type Parameter,
  type Place,
  toParameter,
} from '../../../../engine/sources/mysql/parameter.ts'
import { QueryFailed } from '../../../../statemachine/errors.ts'

const SIGNED = 'CAST(? AS SIGNED)'
const UNSIGNED = 'CAST(CAST(? AS DECIMAL(20)) AS UNSIGNED)'
const WIDE = 'CAST(? AS DECIMAL(65))'

describe('a value', () => {
  test.each<[unknown, Parameter['type'], string]>([
    [0, 'integer', SIGNED],
    [-7, 'integer', SIGNED],
    [Number.MAX_SAFE_INTEGER, 'integer', SIGNED],
    [2n ** 63n - 1n, 'integer', SIGNED],
    [-(2n ** 63n), 'integer', SIGNED],
    [2n ** 63n, 'integer', UNSIGNED],
    [2n ** 64n - 1n, 'integer', UNSIGNED],
    [2n ** 64n, 'integer', WIDE],
    [-(2n ** 63n) - 1n, 'integer', WIDE],
    [10n ** 65n - 1n, 'integer', WIDE],
    [1n - 10n ** 65n, 'integer', WIDE],
  ])('%p is an integer that arrives as %s: %s', (value, type, cast) => {
    expect(toParameter(value)).toEqual({ type, expression: cast, marker: cast, value: String(value) })
  })

  test.each<[unknown, Parameter['type']]>([
    [1.5, 'double'],
    [2 ** 53, 'double'],
    ['5', 'text'],
    ['', 'text'],
    ['😀', 'text'],
    [null, 'null'],
  ])('%p is bound as it is, as %s', (value, type) => {
    expect(toParameter(value)).toEqual({ type, expression: '?', marker: '?', value })
  })

  test('of bytes arrives as they are, whatever they mean in a character set', () => {
    const { type, expression, value } = toParameter(Uint8Array.of(0, 255, 39))
    expect([type, expression, value]).toEqual(['bytes', 'UNHEX(?)', '00ff27'])
  })

  test.each([
    ['1970-01-01T00:00:00.000Z', '0.000', /^FROM_UNIXTIME\(/],
    ['2026-02-28T12:00:00.123Z', '1772280000.123', /^FROM_UNIXTIME\(/],
    ['2038-01-19T03:14:06.999Z', '2147483646.999', /^FROM_UNIXTIME\(/],
    ['2038-01-19T03:14:07.000Z', '2147483647.000', /INTERVAL .* SECOND, '9999-12-31 23:59:59\.999'/],
    ['1969-12-31T23:59:59.999Z', '-0.001', /INTERVAL .* SECOND/],
    ['1000-01-01T00:00:00.000Z', '-30610224000.000', /INTERVAL .* SECOND/],
    ['9999-12-31T23:59:59.999Z', '253402300799.999', /INTERVAL .* SECOND/],
  ])('%s is an instant, in seconds', (text, seconds, expression) => {
    const found = toParameter(new Date(text))
    expect([found.type, found.value]).toEqual(['instant', seconds])
    expect(found.expression).toMatch(expression)
  })

  test.each<[string, unknown, RegExp]>([
    ['an integer of 66 digits', 10n ** 65n, /more than 65 digits/],
    ['a negative integer of 66 digits', -(10n ** 65n), /more than 65 digits/],
    ['half a character', '\ud83d', /unpaired surrogate/],
    ['a Date before the year 1000', new Date('0999-12-31T23:59:59.999Z'), /Date of the year 999: .* 1000 to 9999/],
    ['a Date after the year 9999', new Date('+010000-01-01T00:00:00Z'), /Date of the year 10000/],
    ['an invalid Date', new Date(Number.NaN), /an invalid Date$/],
    ['a list', [1], /a list \(use join/],
    ['an object', { a: 1 }, /an object \(bind JSON as text/],
    ['NaN', Number.NaN, /cannot be bound: NaN$/],
    ['infinity', Number.POSITIVE_INFINITY, /cannot be bound: Infinity$/],
    ['undefined', undefined, /cannot be bound: undefined$/],
    ['a function', () => 1, /cannot be bound: function$/],
  ])('of %s cannot be bound', (_, value, told) => {
    expect(() => toParameter(value)).toThrow(QueryFailed)
    expect(() => toParameter(value)).toThrow(told)
  })

  test('that is a boolean is a keyword', () => {
    expect([true, false, 1, 'true', null].map(keywordOf)).toEqual(['TRUE', 'FALSE', null, null, null])
  })
})

test.each<[unknown, Place, string]>([
  [7, 'any', SIGNED],
  [7, 'unified', SIGNED],
  [7, 'compared', '?'],
  [7, 'limit', '?'],
  [7, 'constant', '?'],
  ['7', 'any', '?'],
  ['7', 'compared', '?'],
  ['7', 'unified', 'CONCAT(?)'],
  [1.5, 'unified', '?'],
  [Buffer.of(1), 'any', 'CAST(? AS BINARY)'],
  [Buffer.of(1), 'compared', 'CAST(? AS BINARY)'],
  [new Date(0), 'compared', 'CAST(? AS DATETIME(3))'],
  [Buffer.of(1), 'constant', '?'],
])('%p in a place of kind %s is written as %s', (value, place, marker) => {
  expect(markerOf(toParameter(value), place)).toBe(marker)
})

test('a cursor is bound as a value of its type', () => {
  expect(cursorParameter({ type: 'integer', value: '7' })).toEqual(toParameter(7n))
  expect(cursorParameter({ type: 'text', value: '7' })).toEqual(toParameter('7'))
  expect(cursorParameter({ type: 'temporal', value: '2026-02-28' })).toEqual(toParameter('2026-02-28'))
  expect(cursorParameter({ type: 'binary', value: 'AP8=' })).toEqual(toParameter(Buffer.of(0, 255)))
  expect(cursorParameter({ type: 'decimal', value: '-1.50' })).toMatchObject({
    ...{ type: 'decimal', value: '-1.50', expression: 'CAST(? AS DECIMAL(65, 2))' },
  })
  expect(cursorParameter({ type: 'decimal', value: '12' }).marker).toBe('CAST(? AS DECIMAL(65, 0))')
})
