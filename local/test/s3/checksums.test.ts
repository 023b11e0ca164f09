import fc from 'fast-check'
import { type Algorithm, checksumOfParts, digest } from '../../src/s3/checksums.ts'

const CRCS = ['CRC32', 'CRC32C', 'CRC64NVME'] as const

function checksumOf(algorithm: Algorithm, bytes: Uint8Array): string {
  const running = digest(algorithm)
  running.update(bytes)
  return running.finish()
}

test.each([
  // The catalogue's check values, of the nine digits (https://reveng.sourceforge.io/crc-catalogue/all.htm).
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s of 123456789 is the catalogue’s', (algorithm, expected) => {
  expect(Buffer.from(checksumOf(algorithm, Buffer.from('123456789')), 'base64').toString('hex')).toBe(expected)
})

test.each(CRCS)('%s does not depend on how the bytes are cut', (algorithm) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
      const running = digest(algorithm)
      running.update(bytes.subarray(0, cut))
      running.update(bytes.subarray(cut))
      expect(running.finish()).toBe(checksumOf(algorithm, bytes))
    }),
  )
})

test.each(CRCS)('%s of a whole follows from those of its parts', (algorithm) => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 }), (parts) => {
      const described = parts.map((part) => ({ checksum: checksumOf(algorithm, part), size: part.length }))
      expect(checksumOfParts(algorithm, 'FULL_OBJECT', described)).toBe(checksumOf(algorithm, Buffer.concat(parts)))
    }),
  )
})

test('a SHA of a whole cannot be had from its parts’', () => {
  const part = { checksum: checksumOf('SHA256', Buffer.from('a')), size: 1 }
  expect(() => checksumOfParts('SHA256', 'FULL_OBJECT', [part])).toThrow('cannot be combined')
})
