/**
 * CRC-32 as used by ZIP, gzip and S3. zlib computes it for bytes; sums of joined pieces are combined without their
 * bytes.
 */
import { crc32 as ofBytes } from 'node:zlib'

export function crc32(bytes: Uint8Array, before = 0): number {
  return ofBytes(bytes, before)
}

const POLYNOMIAL = 0xedb88320

/** `a · b` modulo the polynomial; bit 31 is x⁰. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let bit = 31; bit >= 0; bit--) {
    if ((a >>> bit) & 1) product ^= factor
    factor = factor & 1 ? (factor >>> 1) ^ POLYNOMIAL : factor >>> 1
  }
  return product >>> 0
}

/** powers[k] is x^(8·2^k), the factor for appending 2^k bytes. */
const powers: number[] = [0x0080_0000]
for (let k = 1; k < 53; k++) powers.push(multiply(powers[k - 1]!, powers[k - 1]!))

/**
 * Returns the CRC-32 of two pieces in sequence, after Mark Adler's crc32_combine: the first sum is multiplied by x to
 * the power of the number of bits that follow it.
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  let shifted = first
  for (let rest = secondBytes, k = 0; rest > 0; rest = Math.floor(rest / 2), k++) {
    if (rest % 2 === 1) shifted = multiply(shifted, powers[k]!)
  }
  return (shifted ^ second) >>> 0
}
