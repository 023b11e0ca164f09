/** Makes text safe for publishing and logging: well-formed, plain and bounded. */

/** Control characters except the line break, and characters that change the writing direction. */
const UNPLAIN = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** @param maxBytes of UTF-8; a longer text ends in “…”, never within a character */
export function plainText(text: string, maxBytes: number): string {
  const plain = text.toWellFormed().replace(UNPLAIN, ' ')
  if (Buffer.byteLength(plain) <= maxBytes) return plain
  const bytes = Buffer.from(plain)
  let end = maxBytes - Buffer.byteLength('…')
  // Do not cut within the bytes of a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}…`
}
