/**
 * CP932, the Shift_JIS that Excel in Japan expects: JIS X 0208 with NEC's and IBM's extensions and the user-defined
 * area.
 *
 * The table is the runtime's own decoder, inverted (https://encoding.spec.whatwg.org/#shift_jis-encoder). Where two
 * codes decode to one character, the lower code wins, except that NEC's copies of IBM's extensions (rows ED and EE) are
 * never written; that is what the standard's encoder and Windows do.
 */
import type { Charset } from './charset.ts'
import { Unmappable } from './charset.ts'

/** What happens to a character that CP932 lacks: `error` fails the export, `replace` writes a question mark. */
export type UnmappablePolicy = 'error' | 'replace'

const REPLACEMENT = 0x3f

/**
 * Characters from Unicode's own JIS tables that CP932 maps to a look-alike. Text typed on macOS or converted by ICU
 * contains them, and every converter used in Japan writes the same code for both.
 */
const lookAlikes: readonly [unicode: number, code: number][] = [
  [0x00a2, 0x8191], // ¢ → ￠
  [0x00a3, 0x8192], // £ → ￡
  [0x00a5, 0x5c], // ¥, which Japanese fonts show for this byte
  [0x00ac, 0x81ca], // ¬ → ￢
  [0x2014, 0x815c], // — → ―
  [0x2016, 0x8161], // ‖ → ∥
  [0x203e, 0x7e], // ‾
  [0x2212, 0x817c], // − → －
  [0x301c, 0x8160], // 〜 → ～
]

/** CP932 codes by UTF-16 code unit (CP932 has nothing outside the BMP); 0 means that CP932 lacks the character. */
let codes: Uint16Array | undefined

function buildCodes(): Uint16Array {
  const table = new Uint16Array(0x1_0000)
  const decoder = new TextDecoder('shift_jis')
  const enter = (...bytes: number[]) => {
    const text = decoder.decode(Uint8Array.from(bytes))
    const unit = text.charCodeAt(0)
    if (text.length !== 1 || unit === 0xfffd || table[unit] !== 0) return
    table[unit] = bytes.length === 1 ? bytes[0]! : (bytes[0]! << 8) | bytes[1]!
  }
  for (let byte = 0xa1; byte <= 0xdf; byte++) enter(byte)
  for (let lead = 0x81; lead <= 0xfc; lead++) {
    const isSingle = lead >= 0xa0 && lead <= 0xdf
    if (isSingle || lead === 0xed || lead === 0xee) continue
    for (let trail = 0x40; trail <= 0xfc; trail++) enter(lead, trail)
  }
  for (const [unicode, code] of lookAlikes) table[unicode] = code
  return table
}

/** @param policy what to do with characters that CP932 lacks, such as emoji */
export function cp932(policy: UnmappablePolicy = 'error'): Charset {
  return {
    name: 'cp932',
    label: 'windows-31j',
    mark: new Uint8Array(),
    write(source, start, end, output) {
      codes ??= buildCodes()
      const table = codes
      // No character takes more bytes in CP932 than in UTF-8.
      const target = output.reserve(end - start)
      let to = output.length
      for (let at = start; at < end; ) {
        const first = source[at]!
        if (first < 0x80) {
          target[to++] = first
          at++
          continue
        }
        const width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
        const code = width === 4 ? 0 : table[codeUnit(source, at, width)]!
        if (code > 0xff) {
          target[to++] = code >>> 8
          target[to++] = code & 0xff
        } else if (code !== 0) {
          target[to++] = code
        } else if (policy === 'replace') {
          target[to++] = REPLACEMENT
        } else {
          throw new Unmappable(Buffer.from(source.subarray(at, at + width)).toString('utf8'))
        }
        at += width
      }
      output.length = to
    },
  }
}

/** The UTF-16 code unit of a two- or three-byte UTF-8 sequence. */
function codeUnit(source: Uint8Array, at: number, width: 2 | 3): number {
  if (width === 2) return ((source[at]! & 0x1f) << 6) | (source[at + 1]! & 0x3f)
  return ((source[at]! & 0x0f) << 12) | ((source[at + 1]! & 0x3f) << 6) | (source[at + 2]! & 0x3f)
}
