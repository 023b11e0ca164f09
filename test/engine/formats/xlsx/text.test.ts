import {
  attributeText,
  cellText,
  keepsItsSpace,
  MOST_ESCAPED_BYTES,
  writeText,
} from '../../../../engine/formats/xlsx/text.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf } from '../../../../engine/rows/words.ts'

/** What spreadsheets write for a character. */
const WRITTEN = new Map([
  ['\0', '_x0000_'],
  ['\b', '_x0008_'],
  ['\t', '\t'],
  ['\n', '\n'],
  ['\v', '_x000B_'],
  ['\r', '_x000D_'],
  ['\x1f', '_x001F_'],
  [' ', ' '],
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '"'],
  ['_', '_'],
  ['~', '~'],
  ['\x7f', '\x7f'],
  ['é', 'é'],
  ['受', '受'],
  ['😀', '😀'],
  ['\uefff', '\uefff'],
  ['\uf000', '\uf000'],
  ['\uffbe', '\uffbe'],
  ['\uffbf', '\uffbf'],
  ['\uffef', '\uffef'],
  ['\ufffd', '\ufffd'],
  ['\ufffe', '_xFFFE_'],
  ['\uffff', '_xFFFF_'],
])

test('each character is written as spreadsheets write it, at any place of a text', () => {
  for (const [character, expected] of WRITTEN) {
    for (let before = 0; before < 10; before++) {
      for (let after = 0; after < 5; after++) {
        expect(written('b'.repeat(before) + character + 'a'.repeat(after))).toBe(
          'b'.repeat(before) + expected + 'a'.repeat(after),
        )
      }
    }
  }
})

test('two characters in a row are written as each of them', () => {
  for (const [first, one] of WRITTEN)
    for (const [second, two] of WRITTEN) expect(written(first + second)).toBe(one + two)
})

test.each([
  ['_x0041_', '_x005F_x0041_'],
  ['_X00aF_', '_x005F_X00aF_'],
  ['_x9999_', '_x005F_x9999_'],
  ['_x0041_x0042_', '_x005F_x0041_x005F_x0042_'],
  ['a_x0041_b', 'a_x005F_x0041_b'],
  ['_x0041', '_x0041'],
  ['_x0041b', '_x0041b'],
  ['_x0g41_', '_x0g41_'],
  ['_x004g_', '_x004g_'],
  ['_y0041_', '_y0041_'],
  ['_x041__', '_x041__'],
  ['_x00411_', '_x00411_'],
  ['__x0041_', '__x005F_x0041_'],
  // The next character becomes an escape, whose underscore would complete this one.
  ['_x0041\r', '_x005F_x0041_x000D_'],
  ['_x0041\uffff', '_x005F_x0041_xFFFF_'],
  ['_x0041\ufffd', '_x0041\ufffd'],
  ['_x0041\n', '_x0041\n'],
  ['_x0041&', '_x0041&amp;'],
])('an underscore is escaped only where it would begin an escape: %j', (text, expected) => {
  expect(written(text)).toBe(expected)
  expect(cellText(text)).toBe(expected)
})

test('a text shorter than a word is written from the beginning of its bytes on', () => {
  for (const text of ['', 'a', 'ab', 'abc', '&', '_', '\r']) {
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const { bytes, words } = sourceOf(Buffer.from(before + text))
      const output = new Output(0, 64)
      writeText(bytes, words, before.length, bytes.length, output)
      expect(output.written.toString()).toBe(cellText(`${text}long`).slice(0, -4))
    }
    expect(cellText(text)).toBe(WRITTEN.get(text) ?? text)
  }
})

test('no character takes more room than is reserved for it', () => {
  for (const [character, expected] of WRITTEN) {
    expect(Buffer.byteLength(expected)).toBeLessThanOrEqual(Buffer.byteLength(character) * MOST_ESCAPED_BYTES)
  }
})

test.each([
  ['', true],
  ['a', true],
  ['a b', true],
  [' a', false],
  ['a ', false],
  ['a\n', false],
  ['\ta', false],
  [' ', false],
  ['!', true],
])('readers keep the space of %j without being told: %j', (text, expected) => {
  const bytes = Buffer.from(` ${text} `)
  expect(keepsItsSpace(bytes, 1, bytes.length - 1)).toBe(expected)
  const between = Buffer.from(`x${text}x`)
  expect(keepsItsSpace(between, 1, between.length - 1)).toBe(expected)
})

test('an attribute has no markup', () => {
  expect(attributeText(`<a href="b">R&D</a> '`)).toBe("&lt;a href=&quot;b&quot;&gt;R&amp;D&lt;/a&gt; '")
})

/** Writes the text from between others, after other output. */
function written(text: string): string {
  const bytes = Buffer.from(`<_x00${text}_41\r`)
  const { words } = sourceOf(bytes)
  const output = new Output(0, 1024)
  output.write('[')
  const end = 5 + Buffer.byteLength(text)
  writeText(bytes, words, 5, end, output)
  output.write(']')
  return output.written.toString().slice(1, -1)
}
