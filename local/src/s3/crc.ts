/**
 * S3's three CRCs, and how the CRC of an object follows from those of its parts, which makes a FULL_OBJECT checksum of
 * a composed file free.
 *
 * @see https://reveng.sourceforge.io/crc-catalogue/all.htm (all three: reflected, initial value and final XOR all ones)
 */
import { crc32 } from 'node:zlib'
import { Crc32c, crc32c } from '@aws-crypto/crc32c'
import { Crc64Nvme } from '@aws-sdk/crc64-nvme'

export interface Crc {
  readonly bytes: 4 | 8
  /** The generator polynomial, reflected. */
  readonly polynomial: bigint
  /** CRC of bytes in memory; not needed for CRC-64, which has no composites. */
  of?(bytes: Uint8Array): bigint
  /** A running CRC: call `update` with each piece, then `value`. */
  start(): { update(piece: Uint8Array): void; value(): Promise<bigint> }
}

export const CRC32: Crc = {
  bytes: 4,
  polynomial: 0xedb88320n,
  of: (bytes) => BigInt(crc32(bytes)),
  start() {
    let crc = 0
    return {
      update: (piece) => {
        crc = crc32(piece, crc)
      },
      value: async () => BigInt(crc),
    }
  },
}
export const CRC32C: Crc = {
  bytes: 4,
  polynomial: 0x82f63b78n,
  of: (bytes) => BigInt(crc32c(bytes)),
  start() {
    const crc = new Crc32c()
    return { update: (piece) => void crc.update(piece), value: async () => BigInt(crc.digest()) }
  },
}
export const CRC64NVME: Crc = {
  bytes: 8,
  polynomial: 0x9a6c9329ac4bc9b5n,
  start() {
    const crc = new Crc64Nvme()
    return {
      update: (piece) => void crc.update(piece),
      value: async () => Buffer.from(await crc.digest()).readBigUInt64BE(),
    }
  },
}

/**
 * Returns the CRC of several pieces in sequence from theirs.
 *
 * A CRC is a remainder modulo the polynomial P, so appending n bytes multiplies what came before by x^(8n) mod P.
 */
export function combine(crc: Crc, pieces: Iterable<{ value: bigint; size: number }>): bigint {
  // Parts have few different sizes, and computing the power is the slow half.
  const powers = new Map<number, bigint>()
  let whole = 0n
  for (const { value, size } of pieces) {
    let power = powers.get(size)
    if (power === undefined) {
      power = powerOfX(crc, 8n * BigInt(size))
      powers.set(size, power)
    }
    whole = multiply(crc, power, whole) ^ value
  }
  return whole
}

/** x^exponent modulo P. In reflected order the highest bit is x^0 and the one below it x^1. */
function powerOfX(crc: Crc, exponent: bigint): bigint {
  const one = 1n << BigInt(crc.bytes * 8 - 1)
  let power = one
  let square = one >> 1n
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(crc, power, square)
    square = multiply(crc, square, square)
  }
  return power
}

/** a · b modulo P, in reflected order. */
function multiply(crc: Crc, a: bigint, b: bigint): bigint {
  let product = 0n
  let multiplicand = b
  for (let bit = 1n << BigInt(crc.bytes * 8 - 1); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= multiplicand
    multiplicand = multiplicand & 1n ? (multiplicand >> 1n) ^ crc.polynomial : multiplicand >> 1n
  }
  return product
}
