/**
 * S3's checksums: five algorithms, each base64 in a header, a trailer or an XML element of its own name.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from 'node:crypto'
import { CRC32, CRC32C, CRC64NVME, type Crc, combine } from './crc.ts'

export const ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]
/** FULL_OBJECT: of the object's bytes. COMPOSITE: of its parts' checksums, followed by `-<number of parts>`. */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'
export interface Checksum {
  algorithm: Algorithm
  /** Base64; a composite includes its `-<number of parts>`. */
  value: string
  type: ChecksumType
}
/** Known checksums of some bytes, in base64. */
export type Checksums = Partial<Record<Algorithm, string>>

/** The algorithm for an object whose sender chose none. */
export const DEFAULT_ALGORITHM: Algorithm = 'CRC64NVME'

const CRCS: Partial<Record<Algorithm, Crc>> = { CRC32, CRC32C, CRC64NVME }
const LENGTHS: Record<Algorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 }

export const headerOf = (algorithm: Algorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`
/** The name of its XML element. */
export const elementOf = (algorithm: Algorithm) => `Checksum${algorithm}`

export function isAlgorithm(name: string): name is Algorithm {
  return (ALGORITHMS as readonly string[]).includes(name)
}

/** Whether the text is base64 with the algorithm's number of bytes. */
export function isChecksum(algorithm: Algorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === LENGTHS[algorithm] && bytes.toString('base64') === value
}

/** A CRC can be combined from those of the parts, a SHA cannot. */
export const canBeFullObject = (algorithm: Algorithm) => CRCS[algorithm] !== undefined
export const canBeComposite = (algorithm: Algorithm) => algorithm !== 'CRC64NVME'

export interface Digest {
  update(piece: Uint8Array): void
  /** Base64. */
  finish(): Promise<string>
}

export function digest(algorithm: Algorithm | 'MD5'): Digest {
  const crc = algorithm === 'MD5' ? undefined : CRCS[algorithm]
  if (crc) {
    const running = crc.start()
    return { update: running.update, finish: async () => toBase64(await running.value(), crc.bytes) }
  }
  const hash = createHash(algorithm.toLowerCase())
  return { update: (piece) => void hash.update(piece), finish: async () => hash.digest('base64') }
}

/**
 * Computes the checksum of a composed file from its parts' checksums and sizes, without reading it and without waiting,
 * so that nothing happens between the checks before and the write after it.
 */
export function checksumOfParts(
  algorithm: Algorithm,
  type: ChecksumType,
  parts: readonly { checksum: string; size: number }[],
): string {
  if (type === 'COMPOSITE') {
    const whole = Buffer.concat(parts.map((part) => Buffer.from(part.checksum, 'base64')))
    const { bytes, of } = CRCS[algorithm] ?? {}
    const value = of ? toBase64(of(whole), bytes!) : createHash(algorithm.toLowerCase()).update(whole).digest('base64')
    return `${value}-${parts.length}`
  }
  const crc = CRCS[algorithm]
  if (!crc) throw new Error(`A ${algorithm} of a whole cannot be combined from its parts’.`)
  const pieces = parts.map((part) => ({ value: fromBase64(part.checksum), size: part.size }))
  return toBase64(combine(crc, pieces), crc.bytes)
}

const toBase64 = (value: bigint, bytes: number) =>
  Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64')
const fromBase64 = (text: string) => BigInt(`0x${Buffer.from(text, 'base64').toString('hex')}`)
