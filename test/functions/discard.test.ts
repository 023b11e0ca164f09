import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { Context } from 'aws-lambda'
import { env } from '../../functions/common/environment.ts'
import type { ExecutionStopped } from '../../functions/discard.ts'
import { startStore, type TestStore } from '../engine/harness.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const KEYS = ['chunks/orders-1/0/0000001', 'files/orders-1/orders.csv']
const OTHER = 'chunks/orders-10/0/0000001'

let aws: FakeAws
let store: TestStore
let discard: (event: ExecutionStopped, context: Context) => Promise<void>
beforeAll(async () => {
  store = await startStore()
  aws = await startFakeAws()
  const { hostname, port } = await store.client.config.endpoint!()
  // Objects are real; only Step Functions is not.
  process.env.AWS_ENDPOINT_URL_S3 = `http://${hostname}:${port}`
  process.env[env.BUCKET] = store.bucket
  discard = (await import('../../functions/discard.ts')).handler as unknown as typeof discard
})
afterAll(() => {
  aws.close()
  store.close()
})
beforeEach(async () => {
  for (const Key of [...KEYS, OTHER]) {
    await store.client.send(new PutObjectCommand({ Bucket: store.bucket, Key, Body: 'x' }))
  }
})

test('everything of a stopped execution in the bucket is deleted, and nothing of others', async () => {
  await stopped({ status: 'ABORTED', redriveCount: 0 })
  expect(await store.keys()).toEqual([OTHER])
})

test.each([
  ['runs again', { status: 'RUNNING', redriveCount: 1 }],
  ['has succeeded', { status: 'SUCCEEDED', redriveCount: 1 }],
  ['has failed', { status: 'FAILED', redriveCount: 1 }],
])('nothing is deleted of an execution that was redriven and %s', async (_, described) => {
  await stopped(described)
  expect(await store.keys()).toEqual([...KEYS, OTHER].sort())
})

test('an execution that is still described as running is checked again, and loses nothing until then', async () => {
  await expect(stopped({ status: 'RUNNING', redriveCount: 0 })).rejects.toThrow('still described as running')
  expect(await store.keys()).toEqual([...KEYS, OTHER].sort())
})

async function stopped(described: object): Promise<void> {
  aws.answers.DescribeExecution = () => ({ executionArn, startDate: 1_800_000_000, ...described })
  const detail = { executionArn, name: 'orders-1', redriveCount: 0 }
  await discard({ detail } as ExecutionStopped, { functionName: 'discard' } as Context)
}
