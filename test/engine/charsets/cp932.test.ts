import fc from 'fast-check'
import { Unmappable } from '../../../engine/charsets/charset.ts'
import { cp932, type UnmappablePolicy } from '../../../engine/charsets/cp932.ts'
import { Output } from '../../../engine/rows/output.ts'

const decode = (bytes: Uint8Array) => new TextDecoder('shift_jis', { fatal: true }).decode(bytes)

describe('CP932', () => {
  test.each([
    ['受注一覧', '8ef392 8d88ea 9797'],
    ['髙﨑①㈱Ⅳ', 'fbfc fab1 8740 878a 8757'],
    ['ｱｲｳ', 'b1b2b3'],
    ['〜−‖—¢£¬', '8160 817c 8161 815c 8191 8192 81ca'],
    ['～－∥―￠￡￢', '8160 817c 8161 815c 8191 8192 81ca'],
    ['∪∵ⅰ纊', '81be 81e6 fa40 fa5c'],
    ['¥\\', '5c 5c'],
    ['‾~', '7e 7e'],
  ])('writes %s as Windows does', (text, hex) => {
    expect(encode(text).toString('hex')).toBe(hex.replaceAll(' ', ''))
  })

  test('reads back every character that it can write', () => {
    let written = 0
    for (let unit = 1; unit < 0x1_0000; unit++) {
      // Node's decoder (ICU's table) turns these three control characters round, against the standard.
      if ((unit >= 0xd800 && unit < 0xe000) || [0x1a, 0x1c, 0x7f].includes(unit)) continue
      const bytes = tryEncode(String.fromCharCode(unit))
      if (!bytes) continue
      const back = decode(bytes)
      if (back !== String.fromCharCode(unit)) expect('¢£¥¬—‖‾−〜').toContain(String.fromCharCode(unit))
      written++
    }
    // JIS X 0208 (6,879), NEC's row 13, IBM's extensions, 1,880 user-defined, ASCII and half-width kana.
    expect(written).toBeGreaterThan(9_300)
  })

  test.each(['😀', '한', 'é', '𠮷', '\u{2028}', 'ก', '𐐀', '\ufffd'])('refuses %s and names it', (character) => {
    expect(() => encode(`あ${character}`)).toThrow(Unmappable)
    expect(() => encode(`あ${character}`)).toThrow(expect.objectContaining({ name: 'Unmappable' }))
    expect(() => encode(`あ${character}`)).toThrow(`the character ${character} (U+`)
    expect(decode(encode(`あ${character}い`, 'replace'))).toBe('あ?い')
  })

  test('writes every character that it can read', () => {
    const bytes = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
    const codes = [
      ...bytes(0, 0xff).map((byte) => [byte]),
      ...[...bytes(0x81, 0x9f), ...bytes(0xe0, 0xfc)].flatMap((lead) =>
        bytes(0x40, 0xfc).map((trail) => [lead, trail]),
      ),
    ]
    const lenient = new TextDecoder('shift_jis')
    const characters = new Set(codes.map((code) => lenient.decode(Uint8Array.from(code))))
    const readable = [...characters].filter((text) => text.length === 1 && text !== '\ufffd')
    expect(readable.length).toBeGreaterThan(9_300)
    // Windows reads these bytes as nothing.
    const unused = ['\u0080', '\u00a0', '\uf8f1', '\uf8f2', '\uf8f3']
    expect(readable.filter((text) => !unused.includes(text) && tryEncode(text) === undefined)).toEqual([])
  })

  test('keeps the length and order of any text that it can write', () => {
    const known = fc.constantFrom(...'aZ09,"\r\n受注一覧髙﨑ｱｲｳ①ー～')
    fc.assert(fc.property(fc.string({ unit: known }), (text) => expect(decode(encode(text))).toBe(text)))
  })
})

function encode(text: string, policy: UnmappablePolicy = 'error'): Buffer {
  const output = new Output(16, 0)
  const source = Buffer.from(text)
  cp932(policy).write!(source, 0, source.length, output)
  return Buffer.from(output.written)
}

function tryEncode(text: string): Buffer | undefined {
  try {
    return encode(text)
  } catch {
    return undefined
  }
}
