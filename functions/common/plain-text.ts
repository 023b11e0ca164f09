/** Text that may be published and logged whatever it was made of: well-formed, plain, bounded. */

/** Control characters but the line break, and those that turn the direction of what follows. */
const UNPLAIN = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu

/** @param maxBytes of UTF-8; what is longer ends in “…”, never within a character */
export function plainText(text: string, maxBytes: number): string {
  const plain = text.toWellFormed().replace(UNPLAIN, ' ')
  if (Buffer.byteLength(plain) <= maxBytes) return plain
  const bytes = Buffer.from(plain)
  let end = maxBytes - Buffer.byteLength('…')
  // Not within the bytes of a character.
  while ((bytes[end]! & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}…`
}
