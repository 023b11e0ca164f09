import {
  CreateMultipartUploadCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { jest } from '@jest/globals'
import type { LifecycleRule } from '../../src/s3/lifecycle.ts'
import { BUCKET, closeAll, errorOf, givenS3, type TestS3 } from './support.ts'

afterEach(closeAll)

const BEGIN = Date.parse('2026-01-31T10:30:00Z')

/** A clock that the test turns. */
async function givenRules(...lifecycle: LifecycleRule[]) {
  const clock = { now: BEGIN }
  const s3 = await givenS3({ now: () => clock.now })
  s3.s3.createBucket(BUCKET, { lifecycle })
  return { s3, clock }
}

const put = ({ client }: TestS3, Key: string, input = {}) =>
  client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x', ...input }))

async function keys({ client }: TestS3): Promise<(string | undefined)[]> {
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  return Contents?.map((object) => object.Key) ?? []
}

test('objects below a prefix expire, at the first midnight after their days', async () => {
  const { s3, clock } = await givenRules({ Id: 'files', Status: 'Enabled', Prefix: 'files/', ExpirationInDays: 2 })
  await put(s3, 'files/a')
  await put(s3, 'kept/a')
  clock.now = Date.parse('2026-02-02T23:59:59Z')
  s3.s3.sweep()
  expect(await keys(s3)).toEqual(['files/a', 'kept/a'])
  clock.now = Date.parse('2026-02-03T00:00:00Z')
  s3.s3.sweep()
  expect(await keys(s3)).toEqual(['kept/a'])
  expect(await s3.blobCount(1)).toBe(1)
})

test('an object says when it will expire', async () => {
  const { s3 } = await givenRules(
    { Id: 'slow', Status: 'Enabled', ExpirationInDays: 9 },
    { Id: 'fast rule', Status: 'Enabled', Prefix: 'f', ExpirationInDays: 1 },
  )
  const expected = 'expiry-date="Mon, 02 Feb 2026 00:00:00 GMT", rule-id="fast%20rule"'
  expect((await put(s3, 'f')).Expiration).toBe(expected)
  expect((await s3.client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'f' }))).Expiration).toBe(expected)
})

test('a rule that is disabled, or asks for other tags or sizes, does nothing', async () => {
  const { s3, clock } = await givenRules(
    { Status: 'Disabled', ExpirationInDays: 1 },
    { Status: 'Enabled', ExpirationInDays: 1, TagFilters: [{ Key: 'kind', Value: 'chunk' }] },
    { Status: 'Enabled', ExpirationInDays: 1, ObjectSizeGreaterThan: '2' },
    { Status: 'Enabled', ExpirationDate: '2027-01-01T00:00:00Z', Prefix: 'dated' },
  )
  await put(s3, 'plain')
  await put(s3, 'tagged', { Tagging: 'kind=chunk' })
  await put(s3, 'large', { Body: 'xxx' })
  await put(s3, 'dated')
  clock.now = Date.parse('2026-06-01T00:00:00Z')
  s3.s3.sweep()
  expect(await keys(s3)).toEqual(['dated', 'plain'])
  clock.now = Date.parse('2027-01-01T00:00:00Z')
  s3.s3.sweep()
  expect(await keys(s3)).toEqual(['plain'])
})

test('incomplete uploads are aborted', async () => {
  const { s3, clock } = await givenRules({
    Status: 'Enabled',
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 15 },
  })
  const at = { Bucket: BUCKET, Key: 'k' }
  const { UploadId } = await s3.client.send(new CreateMultipartUploadCommand(at))
  await s3.client.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))
  const uploads = async () => (await s3.client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))).Uploads ?? []
  clock.now = Date.parse('2026-02-15T23:00:00Z')
  s3.s3.sweep()
  expect(await uploads()).toHaveLength(1)
  clock.now = Date.parse('2026-02-16T00:00:00Z')
  s3.s3.sweep()
  expect(await uploads()).toEqual([])
  expect(await s3.blobCount(0)).toBe(0)
})

test('objects that expired while the cloud was stopped are deleted at the start', async () => {
  const { s3, clock } = await givenRules({ Status: 'Enabled', ExpirationInDays: 1 })
  await put(s3, 'a')
  clock.now += 3 * 24 * 3_600_000
  expect(await keys(await s3.reopen())).toEqual([])
})

test('the sweep runs every hour', async () => {
  // Only the interval is faked: what carries the calls needs its timers.
  const doNotFake = ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const
  const alsoReal = ['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const
  jest.useFakeTimers({ doNotFake: [...doNotFake, ...alsoReal] })
  try {
    const { s3, clock } = await givenRules({ Status: 'Enabled', ExpirationInDays: 1 })
    await put(s3, 'a')
    clock.now += 3 * 24 * 3_600_000
    jest.advanceTimersByTime(3_599_000)
    expect(await keys(s3)).toEqual(['a'])
    jest.advanceTimersByTime(1000)
    expect(await keys(s3)).toEqual([])
  } finally {
    jest.useRealTimers()
  }
})

test('the rules can be read', async () => {
  const { s3 } = await givenRules(
    { Id: 'files', Status: 'Enabled', Prefix: 'files/', ExpirationInDays: 7 },
    { Id: 'uploads', Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 15 } },
  )
  const { Rules } = await s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }))
  expect(Rules).toEqual([
    { ID: 'files', Status: 'Enabled', Filter: { Prefix: 'files/' }, Expiration: { Days: 7 } },
    {
      ID: 'uploads',
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 15 },
    },
  ])
})

test('without rules there is no configuration', async () => {
  const { s3 } = await givenRules()
  const call = s3.client.send(new GetBucketLifecycleConfigurationCommand({ Bucket: BUCKET }))
  expect(await errorOf(call)).toMatchObject({ name: 'NoSuchLifecycleConfiguration', status: 404 })
})
