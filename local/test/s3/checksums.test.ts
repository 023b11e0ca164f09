import fc from 'fast-check'
import { type Algorithm, checksumOfParts, digest } from '../../src/s3/checksums.ts'

const CRCS = ['CRC32', 'CRC32C', 'CRC64NVME'] as const

async function checksumOf(algorithm: Algorithm, bytes: Uint8Array): Promise<string> {
  const running = digest(algorithm)
  running.update(bytes)
  return running.finish()
}

test.each([
  // The catalogue's check values, of the nine digits (https://reveng.sourceforge.io/crc-catalogue/all.htm).
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
] as const)('%s of 123456789 is the catalogue’s', async (algorithm, expected) => {
  expect(Buffer.from(await checksumOf(algorithm, Buffer.from('123456789')), 'base64').toString('hex')).toBe(expected)
})

test.each(CRCS)('%s does not depend on how the bytes are cut', async (algorithm) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.nat(200), async (bytes, cut) => {
      const running = digest(algorithm)
      running.update(bytes.subarray(0, cut))
      running.update(bytes.subarray(cut))
      expect(await running.finish()).toBe(await checksumOf(algorithm, bytes))
    }),
  )
})

test.each(CRCS)('%s of an object follows from those of its parts', async (algorithm) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 5 }), async (parts) => {
      const described = await Promise.all(
        parts.map(async (part) => ({ checksum: await checksumOf(algorithm, part), size: part.length })),
      )
      expect(checksumOfParts(algorithm, 'FULL_OBJECT', described)).toBe(
        await checksumOf(algorithm, Buffer.concat(parts)),
      )
    }),
  )
})

test('a SHA of an object does not follow from those of its parts', async () => {
  const part = { checksum: await checksumOf('SHA256', Buffer.from('a')), size: 1 }
  expect(() => checksumOfParts('SHA256', 'FULL_OBJECT', [part])).toThrow('cannot be combined')
})
