/** Patterns of the server's own text, and conversion of types that have no text of their own. */

/**
 * A number as MySQL writes a DECIMAL or a DOUBLE, JavaScript a number, and JSON any number: sign, whole, fraction,
 * exponent; no leading zeros.
 */
export const NUMBER_TEXT = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([-+]?\d{1,3}))?$/
/** A date or date-time. The server may have a month or day of zero and, if so configured, February 31st. */
export const DATE_TEXT = /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?)?$/
/** A time, up to 838:59:59. */
export const TIME_TEXT = /^-?(?:\d\d|[1-7]\d\d|8[0-2]\d|83[0-8]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?$/

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 0x3d

/** Writes base64 (RFC 4648, with padding) of `source[start, end)` into a target with enough room; returns its end. */
export function writeBase64(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  let to = at
  let from = start
  for (; from + 2 < end; from += 3) {
    const three = (source[from]! << 16) | (source[from + 1]! << 8) | source[from + 2]!
    target[to] = ALPHABET[three >>> 18]!
    target[to + 1] = ALPHABET[(three >>> 12) & 63]!
    target[to + 2] = ALPHABET[(three >>> 6) & 63]!
    target[to + 3] = ALPHABET[three & 63]!
    to += 4
  }
  const rest = end - from
  if (rest > 0) {
    const bits = (source[from]! << 16) | (rest === 2 ? source[from + 1]! << 8 : 0)
    target[to] = ALPHABET[bits >>> 18]!
    target[to + 1] = ALPHABET[(bits >>> 12) & 63]!
    target[to + 2] = rest === 2 ? ALPHABET[(bits >>> 6) & 63]! : PADDING
    target[to + 3] = PADDING
    to += 4
  }
  return to
}

/** Returns the number in a BIT(n) column's big-endian bytes. */
export function bitsToBigInt(source: Uint8Array, start: number, end: number): bigint {
  let value = 0n
  for (let index = start; index < end; index++) value = (value << 8n) | BigInt(source[index]!)
  return value
}

/** Writes a BIT as an unsigned decimal number of at most 20 digits; returns its end. */
export function writeBits(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  const digits = bitsToBigInt(source, start, end).toString()
  for (let index = 0; index < digits.length; index++) target[at + index] = digits.charCodeAt(index)
  return at + digits.length
}
