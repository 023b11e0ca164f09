import {
  bitsToBigInt,
  DATE_TEXT,
  NUMBER_TEXT,
  TIME_TEXT,
  writeBase64,
  writeBits,
} from '../../../engine/formats/text.ts'

const BYTES = Buffer.from(Array.from({ length: 300 }, (_, index) => (index * 151 + 7) & 0xff))

test('bytes of any length and from any place are written as base64', () => {
  for (const start of [0, 1, 2, 5]) {
    for (let end = start; end < start + 260; end++) {
      const target = Buffer.alloc(400, '~')
      const to = writeBase64(BYTES, start, end, target, 3)
      expect(target.toString('latin1', 0, to + 1)).toBe(`~~~${BYTES.toString('base64', start, end)}~`)
    }
  }
})

test.each([
  ['00', '0'],
  ['01', '1'],
  ['ff', '255'],
  ['0100', '256'],
  ['80000000', '2147483648'],
  ['ffffffffffffffff', '18446744073709551615'],
])('the bits %s are the number %s', (hex, digits) => {
  const bytes = Buffer.from(`aa${hex}bb`, 'hex')
  expect(String(bitsToBigInt(bytes, 1, bytes.length - 1))).toBe(digits)
  const target = Buffer.alloc(30, '~')
  const to = writeBits(bytes, 1, bytes.length - 1, target, 2)
  expect(target.toString('latin1', 0, to + 1)).toBe(`~~${digits}~`)
})

test.each<[string, RegExp, string[], string[]]>([
  [
    'number',
    NUMBER_TEXT,
    ['0', '-0', '7', '-12.50', '1.7976931348623157e308', '1E+3', '2e-7', '10'],
    ['', '-', '.5', '5.', '007', '+1', '1e', '1e1234', ' 1', '1 ', '0x1', 'NaN', '1,000'],
  ],
  [
    'date',
    DATE_TEXT,
    ['2026-02-28', '0000-00-00', '2026-02-31', '2026-12-01 23:59:59', '2026-10-01 00:00:00.000001'],
    ['2026-13-01', '2026-01-32', '2026-01-01T00:00:00', '2026-01-01 24:00:00', '2026-01-01 00:60:00', '26-01-01'],
  ],
  [
    'time',
    TIME_TEXT,
    ['00:00:00', '-838:59:59', '99:00:00', '100:00:00', '799:59:59.123456'],
    ['839:00:00', '1:00:00', '12:00', '12:60:00', '12:00:60', '900:00:00', '12:00:00.1234567'],
  ],
])('the pattern of a %s accepts what the server writes', (_, pattern, accepted, refused) => {
  expect(accepted.filter((text) => !pattern.test(text))).toEqual([])
  expect(refused.filter((text) => pattern.test(text))).toEqual([])
})
