import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type GetObjectCommandInput, NoSuchKey, NotFound, S3Client } from '@aws-sdk/client-s3'
import { findFile, openFile, signLink } from '../../client/download.ts'
import type { File } from '../../statemachine/contract.ts'
import { FileIncomplete } from '../../statemachine/errors.ts'

const CONTENT = 'id,name\r\n1,受注\r\n'
const FILE = { bucket: 'files', key: 'orders.csv', bytes: 19, crc32: 'f258e6d5' } as File
/** A stream that never ends fails its test after this. */
const PATIENCE_MILLIS = 10_000
const DELETED = 'The file orders.csv has been deleted because its retention has ended. Replay the request.'

/** @param answer returns the object's pieces, or throws */
function givenS3(answer: () => Iterable<string> = () => []) {
  const asked: GetObjectCommandInput[] = []
  const s3 = {
    async send({ input }: { input: GetObjectCommandInput }) {
      asked.push(input)
      return { Body: Readable.from([...answer()].map((piece) => Buffer.from(piece))) }
    },
  }
  return { s3: s3 as unknown as S3Client, asked }
}

test(
  'a file arrives as it was written',
  async () => {
    const { s3, asked } = givenS3(() => [CONTENT.slice(0, 5), CONTENT.slice(5)])
    const { body, file } = await openFile(s3, FILE)
    expect(await text(body)).toBe(CONTENT)
    expect(file).toBe(FILE)
    expect(asked).toEqual([{ Bucket: 'files', Key: 'orders.csv' }])
  },
  PATIENCE_MILLIS,
)

test.each([
  ['a byte less', CONTENT.slice(0, -1), {}],
  ['another byte', CONTENT.replace('1', '2'), {}],
  ['the right bytes, but more were counted', CONTENT, { bytes: 20 }],
])(
  'a file that arrives with %s ends with an error',
  async (_what, content, change) => {
    const { body } = await openFile(givenS3(() => [content]).s3, { ...FILE, ...change })
    await expect(text(body)).rejects.toThrow(FileIncomplete)
  },
  PATIENCE_MILLIS,
)

test(
  'the error has what arrived and what was expected',
  async () => {
    const { body } = await openFile(givenS3(() => ['id']).s3, FILE)
    await expect(text(body)).rejects.toThrow(
      'orders.csv arrived with 2 bytes and CRC-32 bf396750; expected 19 and f258e6d5. Download it again.',
    )
  },
  PATIENCE_MILLIS,
)

test(
  'a file that breaks off ends with the error',
  async () => {
    const s3 = {
      send: async () => ({
        Body: new Readable({
          read() {
            this.destroy(new Error('socket hang up'))
          },
        }),
      }),
    }
    const { body } = await openFile(s3 as unknown as S3Client, FILE)
    await expect(text(body)).rejects.toThrow('socket hang up')
  },
  PATIENCE_MILLIS,
)

test(
  'a reader that stops ends the request',
  async () => {
    const Body = new Readable({ read() {} })
    const { body } = await openFile({ send: async () => ({ Body }) } as unknown as S3Client, FILE)
    body.destroy()
    await new Promise((resolve) => Body.once('close', resolve))
    expect(Body.destroyed).toBe(true)
  },
  PATIENCE_MILLIS,
)

test('a file whose retention has ended is named', async () => {
  const failing = (error: Error) =>
    givenS3(() => {
      throw error
    }).s3
  const options = { message: 'No.', $metadata: {} }
  for (const call of [openFile(failing(new NoSuchKey(options)), FILE), findFile(failing(new NotFound(options)), FILE)])
    await expect(call).rejects.toMatchObject({ name: 'NoFile', message: DELETED })
  for (const call of [openFile, findFile])
    await expect(call(failing(new Error('Denied')), FILE)).rejects.toThrow('Denied')
  const { s3, asked } = givenS3()
  await findFile(s3, FILE)
  expect(asked).toEqual([{ Bucket: 'files', Key: 'orders.csv' }])
})

test('a link works for the given time', async () => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const before = Date.now()
  const { url, expiresAt } = await signLink(new S3Client({ region: 'us-east-1', credentials }), FILE, 90)
  expect(url).toMatch(/orders\.csv\?.*X-Amz-Expires=90&/)
  expect(Date.parse(expiresAt)).toBeGreaterThanOrEqual(before + 90_000)
  expect(Date.parse(expiresAt)).toBeLessThanOrEqual(Date.now() + 90_000)
})
