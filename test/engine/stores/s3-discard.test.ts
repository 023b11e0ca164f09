/** What is asked of S3 to delete everything under a prefix, without an S3. */
import { S3Client } from '@aws-sdk/client-s3'
import { s3Store } from '../../../engine/stores/s3.ts'
import { StorageUnavailable } from '../../../statemachine/errors.ts'

const named = (name: string) => Object.assign(new Error('words'), { name })
const objects = (count: number) => Array.from({ length: count }, (_, at) => ({ Key: `a/${at}`, ETag: 'e', Size: at }))

describe('objects', () => {
  it('are listed with their ETags and lengths, over several pages', async () => {
    const [first, second, third] = objects(3)
    const pages = [
      { Contents: [first, second], IsTruncated: true, NextContinuationToken: 'next' },
      { Contents: [third], IsTruncated: false },
    ]
    const { store, sent } = given({ ListObjectsV2: () => pages.shift() })
    expect(await store.list('a/')).toEqual([
      { key: 'a/0', etag: 'e', bytes: 0 },
      { key: 'a/1', etag: 'e', bytes: 1 },
      { key: 'a/2', etag: 'e', bytes: 2 },
    ])
    expect(sent).toMatchObject([
      ['ListObjectsV2', { Bucket: 'bucket', Prefix: 'a/' }],
      ['ListObjectsV2', { ContinuationToken: 'next' }],
    ])
  })

  it.each([
    [0, []],
    [1, [1]],
    [1000, [1000]],
    [2001, [1000, 1000, 1]],
  ])('are deleted at most a thousand at a time: %d in requests of %j', async (count, requests) => {
    const { store, sent } = given({ ListObjectsV2: { Contents: objects(count) } })
    await store.discard('a/')
    const deleted = sent.filter(([command]) => command === 'DeleteObjects').map(([, input]) => input as Deleting)
    expect(deleted.map(({ Delete }) => Delete.Objects.length)).toEqual(requests)
    expect(deleted.flatMap(({ Delete }) => Delete.Objects.map(({ Key }) => Key))).toEqual(
      objects(count).map(({ Key }) => Key),
    )
    // A thousand names of deleted objects would be sent for nobody.
    expect(deleted.every(({ Delete }) => Delete.Quiet)).toBe(true)
  })

  it('that S3 does not delete are reported', async () => {
    const Errors = [{ Key: 'a/0', Code: 'AccessDenied', Message: 'Access Denied' }]
    const { store } = given({ ListObjectsV2: { Contents: objects(1) }, DeleteObjects: { Errors } })
    await expect(store.discard('a/')).rejects.toThrow(StorageUnavailable)
    await expect(store.discard('a/')).rejects.toThrow('to discard a/: a/0: AccessDenied Access Denied')
  })
})

describe('uploads', () => {
  it('are aborted over several pages, before objects are listed', async () => {
    const pages = [
      {
        Uploads: [{ Key: 'a/0', UploadId: 'one' }],
        ...{ IsTruncated: true, NextKeyMarker: 'a/0', NextUploadIdMarker: 'one' },
      },
      // A last page has markers too.
      { Uploads: [{ Key: 'a/0', UploadId: 'two' }], NextKeyMarker: 'a/0', NextUploadIdMarker: 'two' },
    ]
    const { store, sent } = given({ ListMultipartUploads: () => pages.shift() })
    await store.discard('a/')
    expect(sent).toMatchObject([
      ['ListMultipartUploads', { Prefix: 'a/', KeyMarker: undefined, UploadIdMarker: undefined }],
      ['AbortMultipartUpload', { Bucket: 'bucket', Key: 'a/0', UploadId: 'one' }],
      ['ListMultipartUploads', { Prefix: 'a/', KeyMarker: 'a/0', UploadIdMarker: 'one' }],
      ['AbortMultipartUpload', { UploadId: 'two' }],
      ['ListObjectsV2', { Prefix: 'a/' }],
    ])
  })

  it('that were completed or aborted since they were listed are ignored, and other failures are not', async () => {
    const aborting = (error: Error) =>
      given({
        ListMultipartUploads: { Uploads: [{ Key: 'a/0', UploadId: 'one' }] },
        AbortMultipartUpload: error,
      }).store.abortUploads('a/')
    await aborting(named('NoSuchUpload'))
    await expect(aborting(named('SlowDown'))).rejects.toThrow('to end the uploads of a/: words')
  })
})

interface Deleting {
  Delete: { Objects: { Key: string }[]; Quiet: boolean }
}

/** @param answers by command: what S3 answers, or the error with which it does */
function given(answers: Record<string, object | (() => unknown)>) {
  const sent: [command: string, input: object][] = []
  const client = Object.assign(new S3Client({ region: 'eu-central-1' }), {
    send: async (command: { constructor: { name: string }; input: object }) => {
      const name = command.constructor.name.replace(/Command$/, '')
      sent.push([name, command.input])
      if (sent.length > 20) throw new Error('S3 is asked without end')
      const answer = answers[name] ?? {}
      if (answer instanceof Error) throw answer
      return typeof answer === 'function' ? answer() : answer
    },
  }) as unknown as S3Client
  return { store: s3Store({ client, bucket: 'bucket' }), sent }
}
