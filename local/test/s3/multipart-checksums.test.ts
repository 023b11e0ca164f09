/** Checksums of an upload in parts: of each part, of the parts together, and of the whole. */
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { at, checksumOf, complete, create, FILE, givenParts, PARTS, read, SMALL, uploadPart } from './parts.ts'
import { closeAll, errorOf, givenS3 } from './support.ts'

afterEach(closeAll)

test.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
  'a COMPOSITE %s is computed from those of the parts',
  async (algorithm) => {
    const { s3, id, parts } = await givenParts(PARTS, algorithm)
    const sums = await Promise.all(PARTS.map((part) => checksumOf(algorithm, part)))
    const ofParts = Buffer.concat(sums.map((sum) => Buffer.from(sum, 'base64')))
    const expected = {
      [`Checksum${algorithm}`]: `${await checksumOf(algorithm, ofParts)}-3`,
      ChecksumType: 'COMPOSITE',
    }
    expect(await complete(s3, id, parts)).toMatchObject(expected)
    expect(await s3.client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))).toMatchObject(expected)
  },
)

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
  'a FULL_OBJECT %s is computed from the whole file',
  async (algorithm) => {
    const { s3, id, parts } = await givenParts(PARTS, algorithm, 'FULL_OBJECT')
    const expected = {
      [`Checksum${algorithm}`]: await checksumOf(algorithm, FILE),
      ChecksumType: 'FULL_OBJECT' as const,
    }
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    const { ChecksumType } = expected
    const wrong = { [`Checksum${algorithm}`]: await checksumOf(algorithm, PARTS[0]!), ChecksumType }
    expect(await errorOf(complete(s3, id, bare, wrong))).toMatchObject({ name: 'BadDigest', status: 400 })
    expect(await complete(s3, id, bare, expected)).toMatchObject(expected)
    expect(await s3.client.send(new HeadObjectCommand({ ...at, ChecksumMode: 'ENABLED' }))).toMatchObject(expected)
    expect((await read(s3)).equals(FILE)).toBe(true)
  },
)

test.each([
  ['CRC64NVME', 'COMPOSITE'],
  ['SHA1', 'FULL_OBJECT'],
  ['SHA256', 'FULL_OBJECT'],
] as const)('%s cannot be %s', async (ChecksumAlgorithm, ChecksumType) => {
  const created = create(await givenS3(), { ChecksumAlgorithm, ChecksumType })
  expect(await errorOf(created)).toMatchObject({ name: 'InvalidRequest', status: 400 })
})

test('completing must name the upload’s type of checksum', async () => {
  const { s3, id, parts } = await givenParts(SMALL)
  const completed = complete(s3, id, parts.slice(0, 1), { ChecksumType: 'FULL_OBJECT' })
  expect(await errorOf(completed)).toMatchObject({ name: 'BadDigest', status: 400 })
})

describe('without a chosen algorithm', () => {
  const plain = { requestChecksumCalculation: 'WHEN_REQUIRED' } as const

  test('the file gets a CRC-64/NVME of the whole', async () => {
    const s3 = await givenS3()
    const test = { ...s3, client: s3.newClient(plain) }
    const id = await create(test)
    const parts = [await uploadPart(test, id, 1, PARTS[0]!), await uploadPart(test, id, 2, PARTS[1]!)]
    const bare = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))
    const whole = await checksumOf('CRC64NVME', Buffer.concat(PARTS.slice(0, 2)))
    expect(await complete(test, id, bare)).toMatchObject({ ChecksumCRC64NVME: whole, ChecksumType: 'FULL_OBJECT' })
  })

  test('a part uploaded with a checksum can be completed only with it', async () => {
    const s3 = await givenS3()
    const id = await create(s3)
    const part = await uploadPart(s3, id, 1, 'a')
    expect(part.ChecksumCRC32).toBe(await checksumOf('CRC32', Buffer.from('a')))
    const bare = { PartNumber: 1, ETag: part.ETag }
    expect(await errorOf(complete(s3, id, [bare]))).toMatchObject({ name: 'InvalidPart', status: 400 })
    await complete(s3, id, [part])
  })
})
