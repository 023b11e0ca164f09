import { copyWords, escapedIn, fourOf, isAscii, quotedIn, specialIn, wordsOf } from '../../../engine/rows/words.ts'

const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const NEIGHBOURS = ['aaa', '\u0080a\u00ff', '!~\u007f', '\u0000\u0001\u00ff']

/** The byte in each place of a word, between neighbours of each kind. */
function wordsWith(byte: number): { word: number; others: string }[] {
  return NEIGHBOURS.flatMap((others) =>
    [0, 1, 2, 3].map((place) => {
      const bytes = [...Buffer.from(others, 'latin1')]
      bytes.splice(place, 0, byte)
      return { word: wordsOf(Uint8Array.from(bytes)).getInt32(0, true), others }
    }),
  )
}

test.each(['|,;', ',;,', 'aaa'])(
  'only bytes that CSV may quote are found, at each position of a word: %j',
  (separators) => {
    const isQuoted = (character: string) => character < ' ' || `${separators}"`.includes(character)
    const [first, second, third] = Array.from(separators, (separator) => fourOf(separator.charCodeAt(0)))
    for (const byte of BYTES) {
      for (const { word, others } of wordsWith(byte)) {
        const expected = [String.fromCharCode(byte), ...others].some(isQuoted)
        expect([byte, others, quotedIn(word, first!, second!, third!) !== 0]).toEqual([byte, others, expected])
      }
    }
  },
)

test('only bytes that JSON escapes are found, at each position of a word', () => {
  const isEscaped = (character: string) => character < ' ' || character === '"' || character === '\\'
  for (const byte of BYTES) {
    for (const { word, others } of wordsWith(byte)) {
      const expected = [String.fromCharCode(byte), ...others].some(isEscaped)
      expect([byte, others, escapedIn(word) !== 0]).toEqual([byte, others, expected])
    }
  }
})

test('only bytes that are special in XML are found, at each position of a word', () => {
  const isSpecial = (character: string) => character < ' ' || '&<>_\u00ef'.includes(character)
  for (const byte of BYTES) {
    for (const { word, others } of wordsWith(byte)) {
      const expected = [String.fromCharCode(byte), ...others].some(isSpecial)
      expect([byte, others, specialIn(word) !== 0]).toEqual([byte, others, expected])
    }
  }
})

test('pieces of any length are copied between any positions without touching other bytes', () => {
  const source = Uint8Array.from({ length: 40 }, (_, index) => index + 1)
  for (let length = 0; length <= 20; length++) {
    for (let start = 0; start < 5; start++) {
      const target = new Uint8Array(40)
      copyWords(wordsOf(source), start, start + length, wordsOf(target), 7)
      const expected = new Uint8Array(40)
      expected.set(source.subarray(start, start + length), 7)
      expect(target).toEqual(expected)
    }
  }
})

test('a byte that is not ASCII is found anywhere in a piece, and not beside it', () => {
  for (const byte of [0x80, 0xff]) {
    for (let length = 0; length <= 12; length++) {
      for (let at = 0; at < 20; at++) {
        const bytes = new Uint8Array(20).fill(0x7f)
        bytes[at] = byte
        for (const start of [0, 3])
          expect(isAscii(wordsOf(bytes), start, start + length)).toBe(at < start || at >= start + length)
      }
    }
  }
  expect(isAscii(wordsOf(Uint8Array.from({ length: 128 }, (_, byte) => byte)), 0, 128)).toBe(true)
})
