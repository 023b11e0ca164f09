import { GetExecutionHistoryCommand } from '@aws-sdk/client-sfn'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { TestCloud } from '../support/cloud.ts'
import { startTestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { arnOf, givenRequest, mailAbout, openMail, outcomeOf, send } from '../support/pipeline.ts'

let database: FreshDatabase
let proxy: DatabaseProxy
let cloud: TestCloud
beforeEach(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: 300 })
  proxy = await startDatabaseProxy(database)
})
afterEach(async () => {
  await cloud.close()
  await proxy.close()
  await database.drop()
})

test('twenty requests at once: one query at a time, and each requester gets one file', async () => {
  cloud = await startTestCloud({ databaseUrl: proxy.url })
  const before = proxy.total()
  const requests = Array.from({ length: 20 }, (_, i) => givenRequest({ id: `press-${i}` }))
  await Promise.all(requests.map((body) => send(cloud, body)))
  for (const { id } of requests) {
    expect(await outcomeOf(cloud, id as string)).toMatchObject({ status: 'SUCCEEDED' })
  }
  expect(proxy.total() - before).toBeGreaterThanOrEqual(20)
  expect(proxy.most()).toBe(1)
  for (const { id } of requests) await mailAbout(cloud, `${id}\n`, 'hanako@example.com')
  const mails = cloud.outbox.list().filter(({ to }) => to === 'hanako@example.com')
  const files: string[] = []
  // One after another: as many at once as there are mails would be throttled, as a public address is meant to be.
  for (const mail of mails) files.push(await (await openMail(mail)).text())
  expect(new Set(mails.map(({ text }) => /Reference for questions: (\S+)/.exec(text)?.[1])).size).toBe(20)
  expect(mails).toHaveLength(20)
  expect(new Set(files).size).toBe(1)
}, 240_000)

test('concurrent executions still query one after another', async () => {
  cloud = await startTestCloud({ databaseUrl: proxy.url, environment: { CARRYOUT_MAX_RUNNING: '8' } })
  const requests = Array.from({ length: 4 }, (_, i) =>
    givenRequest({ id: `race-${i}`, export: 'order-items', params: {} }),
  )
  await Promise.all(requests.map((body) => send(cloud, body)))
  for (const { id } of requests) {
    expect(await outcomeOf(cloud, id as string)).toMatchObject({ status: 'SUCCEEDED' })
  }
  expect(proxy.most()).toBe(1)
  // Otherwise they did not run at the same time, and the test would prove nothing.
  const histories = await Promise.all(requests.map(({ id }) => errorsOf(id as string)))
  expect(histories.flat()).toContain('Lambda.TooManyRequestsException')
  expect(new Set(histories.flat())).toEqual(new Set(['Lambda.TooManyRequestsException']))
}, 240_000)

async function errorsOf(name: string): Promise<(string | undefined)[]> {
  const { events } = await cloud.clients.sfn.send(
    new GetExecutionHistoryCommand({ executionArn: arnOf(cloud, name), maxResults: 1000 }),
  )
  return (
    events?.flatMap(({ taskFailedEventDetails }) => (taskFailedEventDetails ? [taskFailedEventDetails.error] : [])) ??
    []
  )
}
