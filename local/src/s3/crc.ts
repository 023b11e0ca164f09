/**
 * CRC-32C and CRC-64/NVME (slicing-by-8; Node has only CRC-32), and how the CRC of a whole follows from the CRCs of its
 * parts, which is what makes a FULL_OBJECT checksum of a composed file cost nothing.
 *
 * @see https://reveng.sourceforge.io/crc-catalogue/all.htm (all three: reflected, initial value and final XOR all ones)
 */
import { crc32 } from 'node:zlib'

export interface Crc {
  readonly bytes: 4 | 8
  /** The generator polynomial, reflected. */
  readonly polynomial: bigint
  /** A running CRC: call with each piece, then read `value`. */
  start(): { update(piece: Uint8Array): void; value(): bigint }
}

export const CRC32: Crc = {
  bytes: 4,
  polynomial: 0xedb88320n,
  start() {
    let crc = 0
    return {
      update: (piece) => {
        crc = crc32(piece, crc)
      },
      value: () => BigInt(crc),
    }
  },
}
export const CRC32C: Crc = sliced(4, 0x82f63b78n)
export const CRC64NVME: Crc = sliced(8, 0x9a6c9329ac4bc9b5n)

/**
 * The CRC of two or more pieces one after the other, from theirs.
 *
 * A CRC is a remainder modulo the polynomial P, so appending n bytes multiplies what came before by x^(8n) mod P.
 */
export function combine(crc: Crc, pieces: Iterable<{ value: bigint; size: number }>): bigint {
  // Parts have few different sizes, and the power is the slow half.
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

/** A CRC by tables, eight bytes a step, its 64 bits held as two halves (the high one is zero for 32 bits). */
function sliced(bytes: 4 | 8, polynomial: bigint): Crc {
  let tables: { low: Int32Array; high: Int32Array } | undefined
  return {
    bytes,
    polynomial,
    start() {
      tables ??= makeTables(polynomial)
      const { low: L, high: H } = tables
      let low = -1
      let high = bytes === 8 ? -1 : 0
      return {
        update(piece) {
          const view = new DataView(piece.buffer, piece.byteOffset, piece.byteLength)
          const whole = piece.length - (piece.length % 8)
          let l = low
          let h = high
          for (let at = 0; at < whole; at += 8) {
            const a = l ^ view.getInt32(at, true)
            const b = h ^ view.getInt32(at + 4, true)
            const i0 = 1792 + (a & 255)
            const i1 = 1536 + ((a >>> 8) & 255)
            const i2 = 1280 + ((a >>> 16) & 255)
            const i3 = 1024 + (a >>> 24)
            const i4 = 768 + (b & 255)
            const i5 = 512 + ((b >>> 8) & 255)
            const i6 = 256 + ((b >>> 16) & 255)
            const i7 = b >>> 24
            l = L[i0]! ^ L[i1]! ^ L[i2]! ^ L[i3]! ^ L[i4]! ^ L[i5]! ^ L[i6]! ^ L[i7]!
            h = H[i0]! ^ H[i1]! ^ H[i2]! ^ H[i3]! ^ H[i4]! ^ H[i5]! ^ H[i6]! ^ H[i7]!
          }
          for (let at = whole; at < piece.length; at++) {
            const i = (l ^ piece[at]!) & 255
            l = ((l >>> 8) | (h << 24)) ^ L[i]!
            h = (h >>> 8) ^ H[i]!
          }
          low = l
          high = h
        },
        value() {
          const inverted = BigInt(~low >>> 0)
          return bytes === 8 ? (BigInt(~high >>> 0) << 32n) | inverted : inverted
        },
      }
    },
  }
}

/** Entry 256·k + b is the CRC of byte b followed by k zero bytes. */
function makeTables(polynomial: bigint): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(2048)
  const high = new Int32Array(2048)
  const values: bigint[] = []
  for (let entry = 0; entry < 2048; entry++) {
    let value: bigint
    if (entry < 256) {
      value = BigInt(entry)
      for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
    } else {
      const before = values[entry - 256]!
      value = (before >> 8n) ^ values[Number(before & 255n)]!
    }
    values.push(value)
    low[entry] = Number(value & 0xffffffffn) | 0
    high[entry] = Number(value >> 32n) | 0
  }
  return { low, high }
}
