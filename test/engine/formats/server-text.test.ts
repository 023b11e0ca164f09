import { isDouble, serverText, typedText } from '../../../engine/formats/server-text.ts'
import type { Column, ColumnKind } from '../../../engine/rows/column.ts'
import { givenColumn } from './support.ts'

type Cases = [ColumnKind, Partial<Column>, Record<string, string | null>]

const DATES = {
  '2026-01-31': '2026-01-31',
  '0000-00-00': '0000-00-00',
  '2026-13-01': null,
  tomorrow: null,
  '2026-02-31T00:00:00.000Z': null,
  '2026-01-31T24:00:00.000Z': null,
  '2026-01-31T12:00:00Z': null,
}

describe('a row function’s text is', () => {
  test.each<Cases>([
    ['integer', {}, { 7: '7', '-7': '-7', '7.5': '7.5', '1e3': '1e3', '007': null, '1e999': null, x: null, '': null }],
    ['integer', { zerofill: true }, { '007': '7', '000': '0', '00': '0', '0': '0' }],
    ['decimal', {}, { '-12.50': '-12.50', '-007.50': null }],
    ['decimal', { zerofill: true }, { '-007.50': '-7.50', '000.5': '0.5' }],
    ['float', {}, { '1.5e300': '1.5e300', '1e400': null }],
    ['year', {}, { '0000': '0', '2026': '2026', '0099': '99' }],
    ['time', {}, { '-01:00:00': '-01:00:00', '839:00:00': null, noon: null }],
    ['text', {}, { anything: 'anything', '': '' }],
    ['json', {}, { '{"a":1}': '{"a":1}' }],
    [
      'date',
      {},
      {
        ...DATES,
        '2026-01-31 00:00:00': '2026-01-31',
        '2026-01-31 00:00:00.000': '2026-01-31',
        '2026-01-31 00:00:00.001': '2026-01-31 00:00:00.001',
        '2026-01-31T00:00:00.000Z': '2026-01-31',
        '2026-01-31T12:00:00.000Z': '2026-01-31 12:00:00.000',
      },
    ],
    [
      'datetime',
      {},
      {
        ...DATES,
        '2026-01-31 00:00:00': '2026-01-31 00:00:00',
        '2026-01-31T12:00:00.250Z': '2026-01-31 12:00:00.250',
        '0099-01-01T00:00:00.000Z': '0099-01-01 00:00:00.000',
      },
    ],
  ])('the server’s text for a column of kind %s %j', (kind, change, cases) => {
    const own = serverText(givenColumn('c', kind, { transformedFrom: kind, ...change }), '+09:00')
    expect(Object.fromEntries(Object.keys(cases).map((text) => [text, own(text)]))).toEqual(cases)
  })

  test.each([
    ['+00:00', '2026-01-31T20:00:00.007Z', '2026-01-31 20:00:00.007'],
    ['+09:00', '2026-01-31T20:00:00.007Z', '2026-02-01 05:00:00.007'],
    ['-03:30', '2026-01-31T20:00:00.007Z', '2026-01-31 16:30:00.007'],
    ['Asia/Tokyo', '2026-01-31T20:00:00.007Z', '2026-02-01 05:00:00.007'],
    ['America/New_York', '2026-07-31T20:00:00.070Z', '2026-07-31 16:00:00.070'],
    ['-01:00', '0000-01-01T00:00:00.000Z', null],
  ])('in the time zone %s for a TIMESTAMP: %s', (timeZone, text, expected) => {
    expect(serverText(givenColumn('c', 'timestamp'), timeZone)(text)).toBe(expected)
  })

  test('a number with leading zeros if the server wrote it', () => {
    expect(serverText(givenColumn('c', 'integer'), '+00:00')('007')).toBe('7')
  })
})

describe('a value fits', () => {
  test.each<Cases>([
    ['integer', { precision: 1 }, { 127: '127', 128: null, '-128': '-128', '-129': null, '1.5': null, '1e1': null }],
    ['integer', { precision: 1, unsigned: true }, { 255: '255', 256: null, '-1': null }],
    ['integer', { precision: 8 }, { '9223372036854775807': '9223372036854775807', '9223372036854775808': null }],
    ['integer', { precision: null }, { '9223372036854775807': '9223372036854775807', '9223372036854775808': null }],
    ['integer', { precision: 8, unsigned: true }, { '18446744073709551615': '18446744073709551615', x: null }],
    ['year', {}, { 2026: '2026', 20260: null, '-1': null, '1.5': null, '0': '0', x: null }],
    [
      'decimal',
      { precision: 5, scale: 2 },
      {
        '1': '1.00',
        '-1.5': '-1.50',
        '999.99': '999.99',
        '1000': null,
        '1.2300': '1.23',
        '1.234': null,
        '0.01': '0.01',
        '1e2': '100.00',
        '1e-2': '0.01',
        '1e-3': null,
        // As a double it is 1.
        '1.00000000000000000001': null,
        x: null,
      },
    ],
    ['decimal', { precision: 3, scale: 0 }, { 999: '999', '1000': null, '1.0': '1', '1.5': null, '0': '0' }],
    ['decimal', { precision: 3, scale: null }, { 7: '7', '7.5': null }],
    ['decimal', { precision: null, scale: 2 }, { ['9'.repeat(63)]: `${'9'.repeat(63)}.00`, ['9'.repeat(64)]: null }],
    ['decimal', { precision: 3, scale: 3 }, { '0.123': '0.123', '1': null }],
    ['float', { precision: 4 }, { '1e38': '1e38', '1e39': null, '9007199254740993': '9007199254740993' }],
    ['float', { precision: 8 }, { '1e39': '1e39', '9007199254740993': null, x: null }],
    ['date', {}, { '2026-01-31': '2026-01-31', '2026-01-31 12:00:00': null, x: null }],
    ['time', {}, { '12:00:00': '12:00:00', noon: null }],
    ...(['datetime', 'timestamp'] as const).map(
      (kind): Cases => [
        kind,
        {},
        {
          '2026-01-31': '2026-01-31 00:00:00',
          '2026-01-31 12:00:00': '2026-01-31 12:00:00',
          '2026-01-31T12:00:00.250Z': '2026-01-31 12:00:00.250Z',
          x: null,
        },
      ],
    ),
  ])('a typed column of kind %s %j', (kind, change, cases) => {
    const own = typedText(givenColumn('c', kind, { transformedFrom: kind, ...change }))
    expect(Object.fromEntries(Object.keys(cases).map((text) => [text, own(text)]))).toEqual(cases)
  })

  test.each([
    ['123456789012345', true],
    ['9007199254740992', true],
    ['9007199254740993', false],
    ['-9007199254740993', false],
    ['18446744073709551616', true],
    ['18446744073709551615', false],
    ['0.30000000000000004', true],
    // A fraction is always rounded.
    ['0.1000000000000000055', true],
    ['1e21', true],
    ['1.0000000000000000e21', true],
  ])('a double: %s is %j', (number, expected) => {
    expect(isDouble(number)).toBe(expected)
  })
})
