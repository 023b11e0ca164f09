import {
  ListObjectsCommand,
  type ListObjectsCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { BUCKET, closeAll, errorOf, givenS3, raw, type TestS3 } from './support.ts'

afterEach(closeAll)

async function givenKeys(...keys: string[]): Promise<TestS3> {
  const s3 = await givenS3()
  for (const key of keys) await put(s3, key)
  return s3
}

async function put(s3: TestS3, key: string): Promise<void> {
  const path = key.split('/').map(encodeURIComponent).join('/')
  expect((await raw(s3, 'PUT', `/${BUCKET}/${path}`, { 'content-length': 1 }, 'x')).status).toBe(200)
}

const list = ({ client }: TestS3, input: Partial<ListObjectsV2CommandInput> = {}) =>
  client.send(new ListObjectsV2Command({ Bucket: BUCKET, ...input }))
const listV1 = ({ client }: TestS3, input: Partial<ListObjectsCommandInput> = {}) =>
  client.send(new ListObjectsCommand({ Bucket: BUCKET, ...input }))
const keysOf = ({ Contents }: Pick<ListObjectsV2CommandOutput, 'Contents'>) => Contents?.map((one) => one.Key) ?? []
const prefixesOf = ({ CommonPrefixes }: Pick<ListObjectsV2CommandOutput, 'CommonPrefixes'>) =>
  CommonPrefixes?.map((one) => one.Prefix) ?? []

test('keys come in the order of their UTF-8 bytes', async () => {
  // U+FFFD sorts before U+1F600 in UTF-8, and after it in UTF-16.
  const listed = await list(await givenKeys('b', '\u{1f600}', 'a', '\ufffd', 'B', 'あ'))
  expect(keysOf(listed)).toEqual(['B', 'a', 'b', 'あ', '\ufffd', '\u{1f600}'])
  expect(listed).toMatchObject({ KeyCount: 6, MaxKeys: 1000, IsTruncated: false, Name: BUCKET })
})

test('an entry describes its object', async () => {
  const { Contents } = await list(await givenKeys('a'))
  expect(Contents).toEqual([
    {
      Key: 'a',
      Size: 1,
      ETag: '"9dd4e461268c8034f5c8564e155c67a6"',
      LastModified: expect.any(Date),
      StorageClass: 'STANDARD',
      ChecksumAlgorithm: ['CRC64NVME'],
      ChecksumType: 'FULL_OBJECT',
    },
  ])
})

test('a prefix selects', async () => {
  expect(keysOf(await list(await givenKeys('a', 'ab', 'abc', 'b'), { Prefix: 'ab' }))).toEqual(['ab', 'abc'])
})

test('a delimiter groups what lies after it', async () => {
  const s3 = await givenKeys('a', 'd/1', 'd/2', 'd/e/3', 'z')
  const top = await list(s3, { Delimiter: '/' })
  expect([keysOf(top), prefixesOf(top), top.KeyCount]).toEqual([['a', 'z'], ['d/'], 3])
  const below = await list(s3, { Delimiter: '/', Prefix: 'd/' })
  expect([keysOf(below), prefixesOf(below)]).toEqual([['d/1', 'd/2'], ['d/e/']])
})

test('pages follow each other, over keys and groups alike', async () => {
  const s3 = await givenKeys('a', 'd/1', 'd/2', 'e', 'f/1', 'g')
  const found: (string | undefined)[] = []
  const pages = paginateListObjectsV2({ client: s3.client, pageSize: 1 }, { Bucket: BUCKET, Delimiter: '/' })
  for await (const page of pages) {
    expect(page.KeyCount).toBe(1)
    found.push(...keysOf(page), ...prefixesOf(page))
  }
  expect(found).toEqual(['a', 'd/', 'e', 'f/', 'g'])
})

test('the pages together contain all keys, whatever they are', async () => {
  const s3 = await givenS3()
  const character = fc.constantFrom('a', 'b', '/', '\ud7ff', '\u{10ffff}')
  const key = fc.array(character, { minLength: 1, maxLength: 4 }).map((characters) => characters.join(''))
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 5 }), fc.integer({ min: 1, max: 3 }), async (keys, pageSize) => {
      for (const one of keys) await put(s3, one)
      const all = keysOf(await list(s3))
      for (const Delimiter of [undefined, '/']) {
        const expected = [...new Set(all.map((one) => (Delimiter ? one!.replace(/\/.*$/su, '/') : one)))]
        const found: (string | undefined)[] = []
        for await (const page of paginateListObjectsV2(
          { client: s3.client, pageSize },
          { Bucket: BUCKET, Delimiter },
        )) {
          found.push(...keysOf(page), ...prefixesOf(page))
        }
        expect(new Set(found)).toEqual(new Set(expected))
        expect(found).toHaveLength(expected.length)
      }
    }),
    { numRuns: 8 },
  )
})

test('start-after starts after', async () => {
  const s3 = await givenKeys('a', 'b', 'c')
  expect(keysOf(await list(s3, { StartAfter: 'a' }))).toEqual(['b', 'c'])
  expect(keysOf(await list(s3, { StartAfter: 'aa', Prefix: 'b' }))).toEqual(['b'])
})

test('a maximum of 0 returns no keys', async () => {
  const listed = await list(await givenKeys('a'), { MaxKeys: 0 })
  expect(listed).toMatchObject({ KeyCount: 0, IsTruncated: false })
})

test('names are encoded on request', async () => {
  const s3 = await givenKeys('d é/a+b(1).csv')
  const listed = await list(s3, { EncodingType: 'url', Prefix: 'd é', Delimiter: '.' })
  expect([listed.Prefix, prefixesOf(listed), listed.EncodingType]).toEqual([
    'd+%C3%A9',
    ['d+%C3%A9/a%2Bb%281%29.'],
    'url',
  ])
})

test('the first version pages with markers', async () => {
  const s3 = await givenKeys('a', 'd/1', 'd/2', 'e')
  const first = await listV1(s3, { MaxKeys: 2, Delimiter: '/' })
  expect([keysOf(first), prefixesOf(first), first.NextMarker]).toEqual([['a'], ['d/'], 'd/'])
  const second = await listV1(s3, { MaxKeys: 2, Delimiter: '/', Marker: first.NextMarker })
  expect([keysOf(second), prefixesOf(second), second.IsTruncated]).toEqual([['e'], [], false])
  expect((await listV1(s3, { MaxKeys: 1 })).NextMarker).toBeUndefined()
})

test('an invalid number, token or encoding is refused', async () => {
  const s3 = await givenKeys()
  for (const query of ['max-keys=many', 'max-keys=-1', 'continuation-token=%21', 'encoding-type=base64']) {
    const answer = await raw(s3, 'GET', `/${BUCKET}?list-type=2&${query}`)
    expect([query, answer.status, answer.body.includes('InvalidArgument')]).toEqual([query, 400, true])
  }
  expect(await errorOf(list(s3, { Bucket: 'no-such-bucket' }))).toMatchObject({ name: 'NoSuchBucket', status: 404 })
})

test('a key with a control character can be listed encoded', async () => {
  const s3 = await givenKeys('a\u0001b')
  expect(keysOf(await list(s3, { EncodingType: 'url' }))).toEqual(['a%01b'])
})
