import fc from 'fast-check'
import { plainText } from '../../../functions/common/plain-text.ts'

test('ordinary text is unchanged, including line breaks', () => {
  expect(plainText('受注一覧 😀\nsecond line', 100)).toBe('受注一覧 😀\nsecond line')
})

test('a text that just fits is not cut', () => {
  expect(plainText('漢字', 6)).toBe('漢字')
  expect(plainText('漢字', 5)).toBe('…')
})

test.each([
  ['a lone surrogate', 'a\ud800b', 'a\ufffdb'],
  ['control characters', 'a\u0000\r\u001b[31mb', 'a   [31mb'],
  ['characters that turn the direction', 'a\u202eb\u2066c\u200fd', 'a b c d'],
])('%s is replaced', (_, text, expected) => {
  expect(plainText(text, 100)).toBe(expected)
})

test.each([10, 11, 12, 13, 14])('is cut at %i bytes, never within a character', (bytes) => {
  const cut = plainText('😀漢é'.repeat(100), bytes)
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(bytes)
  expect(cut.isWellFormed()).toBe(true)
  expect(cut).toMatch(/^[😀漢é]+…$/u)
})

test('whatever the text holds, it is well-formed, plain and bounded', () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 200 }), fc.integer({ min: 3, max: 300 }), (units, bytes) => {
      const text = plainText(units.join(''), bytes)
      expect(text.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bytes)
      expect(text).not.toMatch(/(?!\n)\p{Cc}/u)
    }),
  )
})
