/**
 * Works on short byte sequences four bytes at a time, which is faster than a call that copies them or a loop over
 * bytes.
 *
 * A byte is zero if subtracting one borrows from its highest bit and that bit was not set, so a byte is found by XORing
 * it to zero: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord (The constants are written inline because
 * the bundler turns named constants into variables.)
 */

export function wordsOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Bytes, with a view to read them four at a time. */
export interface Source {
  bytes: Buffer
  words: DataView
}

export function sourceOf(bytes: Buffer): Source {
  return { bytes, words: wordsOf(bytes) }
}

/** Repeats the byte four times. */
export function fourOf(byte: number): number {
  return byte * 0x0101_0101
}

/**
 * Copies `source[start, end)` to `target[to…]`. The last four bytes are copied together and may overlap the ones
 * before.
 */
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

/** Whether all bytes of `source[start, end)` are ASCII. */
export function isAscii(source: DataView, start: number, end: number): boolean {
  const lastFour = end - 4
  let found = 0
  let at = start
  for (; at <= lastFour; at += 4) found |= source.getInt32(at, true)
  for (; at < end; at++) found |= source.getInt8(at)
  return (found & 0x8080_8080) === 0
}

/**
 * Nonzero if one of four bytes is one of three separators (each given four times), a quote, or a control character,
 * which includes line breaks.
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

/** Nonzero if one of four bytes may be special in XML, or to a spreadsheet that reads it (xlsx/text.ts). */
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

/** Nonzero if JSON escapes one of four bytes: a quote, a backslash or a control character. */
export function escapedIn(word: number): number {
  const borrowed = ((word ^ 0x2222_2222) - 0x0101_0101) | ((word ^ 0x5c5c_5c5c) - 0x0101_0101) | (word - 0x2020_2020)
  return borrowed & ~word & 0x8080_8080
}
