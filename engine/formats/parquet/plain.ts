/**
 * Values in the PLAIN encoding: little-endian numbers, and bytes preceded by their length.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import type { Output } from '../../rows/output.ts'
import { EXACT_DIGITS, latin1 } from '../../rows/value.ts'
import { copyWords, type Source } from '../../rows/words.ts'

/** Up to this many seconds from the epoch, microseconds are exact in a double: the years 1685 to 2255. */
const EXACT_SECONDS = 9e9
/** Longer values are copied by a call, shorter ones in a loop. */
const SHORT_BYTES = 128
const HALF = 0x1_0000_0000
const MINUS = 0x2d
const POINT = 0x2e

export function writeInt32(value: number, target: Output): void {
  target.reserve(4)
  target.words.setInt32(target.length, value, true)
  target.length += 4
}

/** @param value may be unsigned */
export function writeBigInt64(value: bigint, target: Output): void {
  target.reserve(8)
  target.words.setBigInt64(target.length, value, true)
  target.length += 8
}

export function writeFloat(value: number, target: Output): void {
  target.reserve(4)
  target.words.setFloat32(target.length, value, true)
  target.length += 4
}

export function writeDouble(value: number, target: Output): void {
  target.reserve(8)
  target.words.setFloat64(target.length, value, true)
  target.length += 8
}

/** Writes two's complement in `byteLength` bytes, big-endian. */
export function writeFixed(value: bigint, byteLength: number, target: Output): void {
  const bytes = target.reserve(byteLength)
  let rest = value
  for (let at = target.length + byteLength - 1; at >= target.length; at--) {
    bytes[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  target.length += byteLength
}

export function writeBytes({ bytes, words }: Source, start: number, end: number, target: Output): void {
  const length = end - start
  target.reserve(4 + length)
  const at = target.length + 4
  target.words.setUint32(target.length, length, true)
  if (length > SHORT_BYTES) bytes.copy(target.buffer, at, start, end)
  else copyWords(words, start, end, target.words, at)
  target.length = at + length
}

/**
 * Writes microseconds since the epoch. The multiplication is done here because passing such large numbers to a function
 * would allocate an object for each.
 */
export function writeMicros(seconds: number, micros: number, target: Output): void {
  if (Math.abs(seconds) > EXACT_SECONDS) {
    writeBigInt64(BigInt(seconds) * 1_000_000n + BigInt(micros), target)
    return
  }
  target.reserve(8)
  const { words, length } = target
  const value = seconds * 1e6 + micros
  words.setInt32(length, value, true)
  words.setInt32(length + 4, Math.floor(value / HALF), true)
  target.length += 8
}

/** Writes a decimal's digits without its point, as an INT64. */
export function writeWholeInt64(bytes: Buffer, start: number, end: number, target: Output): void {
  if (end - start > EXACT_DIGITS) {
    writeBigInt64(readBigWhole(bytes, start, end), target)
    return
  }
  target.reserve(8)
  const { words, length } = target
  const value = readWhole(bytes, start, end)
  words.setInt32(length, value, true)
  words.setInt32(length + 4, Math.floor(value / HALF), true)
  target.length += 8
}

/** Reads a decimal's digits without its point; exact up to 53 bits. */
export function readWhole(bytes: Buffer, start: number, end: number): number {
  const isNegative = bytes[start] === MINUS
  let value = 0
  for (let at = isNegative ? start + 1 : start; at < end; at++) {
    const byte = bytes[at]!
    if (byte !== POINT) value = value * 10 + byte - 0x30
  }
  return isNegative ? -value : value
}

export function readBigWhole(bytes: Buffer, start: number, end: number): bigint {
  return BigInt(latin1(bytes, start, end).replace('.', ''))
}
