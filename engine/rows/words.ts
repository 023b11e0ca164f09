/**
 * Short pieces of bytes, four at a time: faster than a call that copies them, and than a byte at a time.
 *
 * A byte is zero when subtracting one borrows from its highest bit, and that was not set; so a byte is found once it is made
 * zero: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord (The numbers are written out where they are used, since
 * a bundle makes variables of constants.)
 */

export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes to read by the one and by the four. */
export interface Source {
  bytes: Buffer
  words: DataView
}

export function sourceOf(bytes: Buffer): Source {
  return { bytes, words: wordsOf(bytes) }
}

/** The byte four times. */
export function fourOf(byte: number): number {
  return byte * 0x0101_0101
}

/** Copies `source[start, end)` to `target[to…]`; its last four bytes together, some of them perhaps for the second time. */
export function copyWords(source: DataView, start: number, end: number, target: DataView, to: number): void {
  const shift = to - start
  if (end - start < 4) {
    for (let at = start; at < end; at++) target.setUint8(at + shift, source.getUint8(at))
    return
  }
  const last = end - 4
  for (let at = start; at < last; at += 4) target.setInt32(at + shift, source.getInt32(at, true), true)
  target.setInt32(last + shift, source.getInt32(last, true), true)
}

/** Whether no byte of `source[start, end)` is beyond ASCII. */
export function isAscii(source: DataView, start: number, end: number): boolean {
  let found = 0
  let at = start
  for (; at + 4 <= end; at += 4) found |= source.getInt32(at, true)
  for (; at < end; at++) found |= source.getInt8(at)
  return (found & 0x8080_8080) === 0
}

/**
 * Other than 0 when one of four bytes is one of three separators (each given four times), a quote or a control character, of
 * which line breaks are two.
 */
export function quotedIn(word: number, first: number, second: number, third: number): number {
  const borrowed =
    ((word ^ first) - 0x0101_0101) |
    ((word ^ second) - 0x0101_0101) |
    ((word ^ third) - 0x0101_0101) |
    ((word ^ 0x2222_2222) - 0x0101_0101) |
    (word - 0x2020_2020)
  return borrowed & ~word & 0x8080_8080
}

/** Other than 0 when XML, or a spreadsheet reading it, may take one of four bytes for more than text (xlsx/text.ts). */
export function specialIn(word: number): number {
  const lead = word ^ 0xefef_efef
  const borrowed =
    (word - 0x2020_2020) |
    ((word ^ 0x2626_2626) - 0x0101_0101) |
    // `<` and `>` differ in one bit.
    (((word & 0xfdfd_fdfd) ^ 0x3c3c_3c3c) - 0x0101_0101) |
    ((word ^ 0x5f5f_5f5f) - 0x0101_0101)
  return ((borrowed & ~word) | ((lead - 0x0101_0101) & ~lead)) & 0x8080_8080
}

/** Other than 0 when JSON escapes one of four bytes: a quote, a backslash or a control character. */
export function escapedIn(word: number): number {
  const borrowed = ((word ^ 0x2222_2222) - 0x0101_0101) | ((word ^ 0x5c5c_5c5c) - 0x0101_0101) | (word - 0x2020_2020)
  return borrowed & ~word & 0x8080_8080
}
