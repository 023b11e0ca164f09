import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import { catalogue } from '../../exports/index.ts'
import { env } from '../../functions/common/environment.ts'
import type { DescribeInput, PrepareInput } from '../../functions/prepare.ts'
import type { Cancelled, Prepared } from '../../statemachine/contract.ts'
import type { ExportDescription } from '../../statemachine/description.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

let aws: FakeAws
let prepare: (input: PrepareInput, context: Context) => Promise<Prepared>
let describeCatalogue: (input: DescribeInput, context: Context) => Promise<ExportDescription[]>

beforeAll(async () => {
  aws = await startFakeAws()
  Object.assign(process.env, {
    [env.DATABASE_TIME_ZONE]: '+09:00',
    [env.MAX_CONCURRENT_QUERIES]: '1',
    [env.TABLE]: 'downloads',
  })
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'setTimeout', 'clearTimeout'],
    now: new Date('2026-01-31T22:00:00Z'),
  })
  const { createPrepare } = await import('../../functions/prepare.ts')
  prepare = createPrepare(catalogue) as unknown as typeof prepare
  describeCatalogue = prepare as unknown as typeof describeCatalogue
})
afterAll(() => {
  jest.useRealTimers()
  aws.close()
})

const request = { id: 'click-1', export: 'customers', params: {}, requestedBy: 'reader@example.com' }
const context = { functionName: 'prepare' } as Context

test('the day in the file’s name is in the stack’s time zone', async () => {
  const { plan } = await prepare({ name: 'click-1', request }, context)
  expect(plan.fileName).toContain('2026-02-01')
  expect(plan.preparedAt).toBe('2026-01-31T22:00:00.000Z')
})

test('an execution whose name differs from its request’s id is refused', async () => {
  await expect(prepare({ name: 'click-2', request }, context)).rejects.toThrow(
    'The execution is named “click-2”, but its request’s id is “click-1”',
  )
})

test('a request that was cancelled while it waited has no plan, and says who cancelled it', async () => {
  const fact = { at: { S: '2026-01-31T21:00:00.000Z' }, by: { S: 'hanako' } }
  aws.answers.GetItem = ({ Key }) => {
    const { pk, sk } = Key as { pk: { S: string }; sk: { S: string } }
    return pk.S === 'download#click-1' && sk.S === 'cancelled' ? { Item: { pk, sk, ...fact } } : {}
  }
  const ended = (await prepare({ name: 'click-1', request }, context)) as unknown as Cancelled
  expect(ended).toEqual({ request, cancelled: { at: '2026-01-31T21:00:00.000Z', by: 'hanako' } })
  delete aws.answers.GetItem
})

test('an unavailable table cancels nothing', async () => {
  aws.answers.GetItem = () => ({ __type: 'AccessDeniedException', message: 'No.' })
  expect(await prepare({ name: 'click-1', request }, context)).toHaveProperty('plan')
  delete aws.answers.GetItem
})

test('the description of the catalogue has each export’s parameters as JSON Schema', async () => {
  const described = await describeCatalogue({ describe: 'catalogue' }, context)
  expect(described.map(({ name }) => name)).toEqual(['orders', 'customers', 'order-items'])
  expect(described[0]).toMatchObject({
    title: { en: 'Orders', ja: '受注一覧' },
    params: { properties: { from: { type: 'string', format: 'date' } }, required: ['from', 'to'] },
    resumable: true,
  })
  expect(described[1]?.params).toMatchObject({ properties: { country: { type: 'string' } }, required: [] })
})
