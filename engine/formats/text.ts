/** How values are written as text: what the server's own looks like, and what has none of its own. */

/** A `row` function may put anything in a value's place; these are what the server would have written there. */
export const NUMBER_TEXT = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?$/
export const DATE_TEXT = /^\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d{1,6})?)?$/
export const TIME_TEXT = /^-?\d{2,3}:\d\d:\d\d(?:\.\d{1,6})?$/

const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 0x3d

/** Base64 (RFC 4648, with padding) of `source[start, end)`, into a target with room; returns where it ends. */
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

/** The number that a BIT(n) column's big-endian bytes are. */
export function bitsToBigInt(source: Uint8Array, start: number, end: number): bigint {
  let value = 0n
  for (let index = start; index < end; index++) value = (value << 8n) | BigInt(source[index]!)
  return value
}

/** BIT as an unsigned decimal number; at most 20 digits. */
export function writeBits(source: Uint8Array, start: number, end: number, target: Uint8Array, at: number): number {
  const digits = bitsToBigInt(source, start, end).toString()
  for (let index = 0; index < digits.length; index++) target[at + index] = digits.charCodeAt(index)
  return at + digits.length
}
