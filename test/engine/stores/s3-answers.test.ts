/** What the store makes of S3's answers, rare ones included, without an S3. */
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { conditionOf, s3Store } from '../../../engine/stores/s3.ts'
import { StorageUnavailable } from '../../../statemachine/errors.ts'

const HEADERS = { contentType: 'text/csv', replaces: null }
const BYTES = Buffer.from('bytes')
const CRC = 0x12345678
const STORED = { ETag: '"e"', ContentLength: 5, ChecksumCRC32: 'EjRWeA==' }
const named = (name: string, message = 'words') => Object.assign(new Error(message), { name })

describe('an object', () => {
  it.each(['NotFound', 'NoSuchKey'])('is not there if S3 answers %s', async (name) => {
    expect(await given({ HeadObject: named(name) }).store.head('a')).toBeNull()
  })

  it('is known by its ETag, length and the CRC-32 of the whole', async () => {
    const head = (answer: object) => given({ HeadObject: answer }).store.head('a')
    expect(await head(STORED)).toEqual({ etag: '"e"', bytes: 5, crc32: '12345678' })
    expect(await head({ ...STORED, ChecksumCRC32: undefined })).toMatchObject({ crc32: null })
    expect(await head({ ...STORED, ChecksumCRC32: 'EjRWeA==-3' })).toMatchObject({ crc32: null })
  })

  it('is not looked at, read or written if S3 fails', async () => {
    const failing = { HeadObject: named('SlowDown'), GetObject: named('SlowDown'), PutObject: named('SlowDown') }
    const { store } = given(failing)
    await expect(store.head('a')).rejects.toThrow('S3 could not be reached to look at a: words')
    await expect(store.read('a', 'e', 0, 1)).rejects.toThrow('to read a: words')
    await expect(store.put('a', BYTES, CRC, HEADERS)).rejects.toThrow('to write a: words')
  })

  it.each(['NoSuchKey', 'NotFound', 'PreconditionFailed', 'InvalidRange'])(
    'has changed or is gone if reading or copying a range is answered by %s',
    async (name) => {
      const { store } = given({ GetObject: named(name), UploadPartCopy: named(name) })
      expect(await store.read('a', 'e', 0, 1)).toBeNull()
      const upload = await store.startUpload('b', HEADERS)
      expect(await upload.copy(1, { key: 'a', etag: 'e', from: 0, to: 5, whole: true })).toBe(false)
    },
  )

  it.each(['PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey'])(
    'was written by an attempt whose response was lost, if %s is answered and its bytes are there',
    async (name) => {
      const put = (found: object) =>
        given({ PutObject: named(name), HeadObject: found }).store.put('a', BYTES, CRC, HEADERS)
      expect(await put(STORED)).toEqual({ etag: '"e"', bytes: 5, crc32: '12345678' })
      await expect(put({ ...STORED, ContentLength: 6 })).rejects.toThrow(StorageUnavailable)
      await expect(put({ ...STORED, ChecksumCRC32: 'EjRWeQ==' })).rejects.toThrow(StorageUnavailable)
      await expect(put(named('NotFound'))).rejects.toThrow(StorageUnavailable)
    },
  )

  it('is not looked for after other errors', async () => {
    const { store, sent } = given({ PutObject: named('SlowDown'), HeadObject: STORED })
    await expect(store.put('a', BYTES, CRC, HEADERS)).rejects.toThrow(StorageUnavailable)
    expect(sent.map(([command]) => command)).toEqual(['PutObject'])
  })

  it('is written only if nothing, or the expected object, is there', () => {
    expect(
      [undefined, null, 'e'].map((replaces) => conditionOf({ ...(replaces !== undefined && { replaces }) })),
    ).toEqual([{}, { IfNoneMatch: '*' }, { IfMatch: 'e' }])
  })
})

describe('an upload', () => {
  it('is resumed with the parts that it has, over several pages', async () => {
    const pages = [
      {
        Parts: [{ PartNumber: 2, ETag: 'two', ChecksumCRC32: 'c2', Size: 20 }],
        IsTruncated: true,
        NextPartNumberMarker: '2',
      },
      {
        Parts: [{ PartNumber: 1, ETag: 'one', ChecksumCRC32: 'c1', Size: 10 }],
        IsTruncated: true,
        NextPartNumberMarker: '3',
      },
      { IsTruncated: false, NextPartNumberMarker: '3' },
    ]
    const { store, sent } = given({ ListParts: () => pages.shift(), CompleteMultipartUpload: { ETag: 'whole' } })
    const upload = (await store.resumeUpload('a', 'upload'))!
    expect([...upload.parts]).toEqual([
      [2, 20],
      [1, 10],
    ])
    expect(sent.map(([, input]) => (input as { PartNumberMarker?: string }).PartNumberMarker)).toEqual([
      undefined,
      '2',
      '3',
    ])
    expect(await upload.complete({ bytes: 30, crc32: CRC })).toEqual({ etag: 'whole', bytes: 30, crc32: '12345678' })
    const Parts = [
      { PartNumber: 1, ETag: 'one', ChecksumCRC32: 'c1' },
      { PartNumber: 2, ETag: 'two', ChecksumCRC32: 'c2' },
    ]
    expect(sent.at(-1)?.[1]).toMatchObject({ MultipartUpload: { Parts }, ChecksumCRC32: 'EjRWeA==', MpuObjectSize: 30 })
  })

  it('that was completed or aborted is not resumed, and another failure is reported', async () => {
    expect(await given({ ListParts: named('NoSuchUpload') }).store.resumeUpload('a', 'upload')).toBeNull()
    const failing = given({ ListParts: named('SlowDown') }).store.resumeUpload('a', 'upload')
    await expect(failing).rejects.toThrow('to list the parts of a: words')
  })

  it('knows the parts that it was sent', async () => {
    const { store, sent } = given({ UploadPart: { ETag: 'one' }, UploadPartCopy: { CopyPartResult: { ETag: 'two' } } })
    const upload = await store.startUpload('a', HEADERS)
    await upload.part(1, BYTES, CRC)
    await upload.copy(2, { key: 'some/ö', etag: 'e', from: 5, to: 12, whole: false })
    await upload.copy(3, { key: 'some/ö', etag: 'e', from: 0, to: 12, whole: true })
    expect([...upload.parts]).toEqual([
      [1, 5],
      [2, 7],
      [3, 12],
    ])
    const copies = sent.filter(([command]) => command === 'UploadPartCopy').map(([, input]) => input)
    expect(copies).toMatchObject([
      { CopySource: 'bucket/some/%C3%B6', CopySourceIfMatch: 'e', CopySourceRange: 'bytes=5-11' },
      { CopySource: 'bucket/some/%C3%B6', CopySourceIfMatch: 'e' },
    ])
    expect(copies[1]).not.toHaveProperty('CopySourceRange')
  })

  it('fails with a part that S3 does not accept', async () => {
    const { store } = given({ UploadPart: named('SlowDown'), UploadPartCopy: named('SlowDown') })
    const upload = await store.startUpload('a', HEADERS)
    await expect(upload.part(1, BYTES, CRC)).rejects.toThrow('to write part 1 of a: words')
    const copy = upload.copy(1, { key: 'b', etag: 'e', from: 0, to: 5, whole: true })
    await expect(copy).rejects.toThrow('to copy b into a: words')
  })

  const completing = async (error: Error, found: object = named('NotFound')) => {
    const { store } = given({ CompleteMultipartUpload: error, HeadObject: found })
    return (await store.startUpload('a', HEADERS)).complete({ bytes: 5, crc32: CRC })
  }

  it.each([
    ['BadDigest', 'words'],
    ['EntityTooSmall', 'words'],
    ['InvalidPart', 'words'],
    ['InvalidRequest', 'The MpuObjectSize header does not match the size'],
    ['InvalidRequest', 'The provided Checksum is wrong'],
  ])('has other bytes if completing it is answered by %s: %s', async (name, message) => {
    expect(await completing(named(name, message))).toBeNull()
  })

  it.each(['NoSuchUpload', 'PreconditionFailed'])(
    'was completed by an attempt whose response was lost, if %s is answered and its bytes are there',
    async (name) => {
      expect(await completing(named(name), STORED)).toEqual({ etag: '"e"', bytes: 5, crc32: '12345678' })
      await expect(completing(named(name), { ...STORED, ContentLength: 6 })).rejects.toThrow('to complete a: words')
    },
  )

  it.each([
    ['SlowDown', 'words'],
    ['SlowDown', 'the checksum is slow'],
    ['InvalidRequest', 'words'],
  ])('is not completed if S3 answers %s: %s', async (name, message) => {
    await expect(completing(named(name, message), STORED)).rejects.toThrow(`to complete a: ${message}`)
  })
})

describe('a failure', () => {
  it('is told with S3’s words and status if it answered', async () => {
    const fail = (httpStatusCode?: number) => {
      const $metadata = { ...(httpStatusCode !== undefined && { httpStatusCode }) }
      const error = new S3ServiceException({ name: 'SlowDown', $fault: 'server', message: 'Reduce it.', $metadata })
      return given({ HeadObject: error }).store.head('a')
    }
    await expect(fail(503)).rejects.toThrow('S3 did not look at a in bucket: SlowDown (503) Reduce it.')
    await expect(fail()).rejects.toThrow('S3 did not look at a in bucket: SlowDown Reduce it.')
  })

  it('is told as a missing deployment if the bucket is gone', async () => {
    await expect(given({ HeadObject: named('NoSuchBucket') }).store.head('a')).rejects.toThrow(
      'There is no bucket bucket: deploy the stack again',
    )
  })
})

it('signs the CRC-32 of a body in place of its SHA-256, and other requests as usual', async () => {
  const hashes: Record<string, string | undefined> = {}
  const client = new S3Client({
    endpoint: 'http://s3.example.com',
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: {
      handle: async ({ method, path, headers }: { method: string; path: string; headers: Record<string, string> }) => {
        hashes[`${method} ${path.split('/').at(-1)}`] = headers['x-amz-content-sha256']
        throw new Error('not sent')
      },
    },
  })
  const store = s3Store({ client, bucket: 'bucket' })
  await expect(store.put('written', BYTES, CRC, HEADERS)).rejects.toThrow('not sent')
  await expect(store.read('read', 'e', 0, 1)).rejects.toThrow('not sent')
  expect(hashes['PUT written']).toBe('UNSIGNED-PAYLOAD')
  expect(hashes['GET read']).toMatch(/^[0-9a-f]{64}$/)
})

/** @param answers by command: what S3 answers, or the error with which it does */
function given(answers: Record<string, object | (() => unknown)>) {
  const sent: [command: string, input: object][] = []
  const client = Object.assign(new S3Client({ region: 'eu-central-1' }), {
    send: async (command: { constructor: { name: string }; input: object }) => {
      const name = command.constructor.name.replace(/Command$/, '')
      sent.push([name, command.input])
      const answer = answers[name] ?? { UploadId: 'upload' }
      if (answer instanceof Error) throw answer
      return typeof answer === 'function' ? answer() : answer
    },
  }) as unknown as S3Client
  return { store: s3Store({ client, bucket: 'bucket' }), sent }
}
