/**
 * `npm run screenshots`: takes a picture of every page and state of the console into docs/console/. It boots a local cloud of its own
 * in a temporary directory, breaks its sample shop, and mounts the console where it has no rights.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createOperator, type OperatorClient } from '@carryout/client/operator'
import { createConnection } from 'mysql2/promise'
import { type ConsoleOptions, createConsole } from '../../console/console.ts'
import { serveConsole } from '../../console/serve.ts'
import { env } from '../../functions/common/environment.ts'
import { Table } from '../../functions/common/table.ts'
import { startLaptop } from '../../laptop/laptop.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { type Outage, outageUpdate } from '../../statemachine/outage.ts'
import { entryKey } from '../../statemachine/table.ts'
import { keyOf } from '../../statemachine/table-update.ts'
import { openCamera } from '../support/browser.ts'
import { putEntries } from '../support/table-entries.ts'
import { openAlbum } from './album.ts'

const PARAMS = { from: '2026-01-01', to: '2026-04-01' }

const browser = await openCamera()
const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-screenshots-'))
const cloud = await startLaptop({
  stateDirectory,
  port: 0,
  // So that a small shop's orders are more than one chunk.
  environment: { [env.CHUNK_BUDGET_SECONDS]: '0.001' },
  onProgress: (line) => console.log(line),
})
try {
  const { host, port, database, admin } = cloud.database
  const access = { host, port, database, user: admin.username, password: admin.password }
  await fillShop(access, { orders: 60_000 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const options = { endpoint: cloud.endpointUrl, region: cloud.region, credentials }
  const carryout = createOperator({ stackName: 'Carryout' }, options)
  const dynamo = new DynamoDBClient(options)
  const { queueUrl, deadLetterQueueUrl, tableName } = await carryout.parts()
  const album = await openAlbum(browser, join(import.meta.dirname, '../../docs/console'))
  const take = (name: string, path: string, prepare?: Parameters<typeof album.take>[2]) =>
    album.take(name, `${cloud.endpointUrl}/_carryout/${path}`, prepare)
  const request = (id: string, change = {}) =>
    carryout.request({ id, export: 'orders', params: PARAMS, requestedBy: 'hanako@example.com', ...change })

  // Nothing has happened yet.
  await take('empty-downloads', '')
  await take('empty-failures', 'failures')
  await take('empty-queue', 'queue')
  await take('empty-replays', 'replays')
  await take('empty-outbox', 'outbox')
  const table = new Table(String(tableName), dynamo)
  await table.update(
    outageUpdate('orders-ready', 'DatabaseUnavailable: connect ECONNREFUSED 10.0.0.7:3306', Date.now()),
  )
  await take('outage', 'queue')
  await table.endOutage((await carryout.outage()) as Outage)

  // The first runs, and one that an operator looks at while it does.
  await request('orders-ready', { params: { from: '2025-01-01', to: '2027-01-01' } })
  await request('items', { export: 'order-items', params: {} })
  await ended('ready', 2)
  const connection = await createConnection(access)
  await connection.query('LOCK TABLES orders WRITE')
  await request('orders-running')
  while (
    !(await carryout.progress('orders-running').catch(() => null))?.steps.some(({ state }) => state === 'ExportChunk')
  )
    await sleep(100)
  await take('running', 'executions/orders-running')
  await take('stop', 'executions/orders-running/stop')
  await connection.query('UNLOCK TABLES')
  await ended('ready', 3)
  const now = new Date().toISOString()
  await putEntries(dynamo, String(tableName), [
    {
      ...{ id: 'orders-starting', state: 'running', at: now, requestedAt: now, startedAt: now, redriveCount: 0 },
      ...{ export: 'orders', params: JSON.stringify(PARAMS), requestedBy: 'taro@example.com' },
    },
  ])
  await take('starting', 'executions/orders-starting')
  await dynamo.send(new DeleteItemCommand({ TableName: tableName, Key: keyOf(entryKey('orders-starting')) }))

  // The database loses a table; some of what failed is mended.
  await connection.query('RENAME TABLE customers TO gone')
  for (let number = 1; number <= 12; number++) {
    const requestedBy = ['hanako@example.com', 'taro@example.com', 'jiro@example.com'][number % 3]
    await request(`orders-failed-${number}`, { requestedBy })
  }
  await request('misspelt', { export: 'ordres', requestedBy: 'taro@example.com' })
  await ended('failed', 13)
  await connection.query('RENAME TABLE gone TO customers')
  await connection.end()
  const who = { by: 'hanako', reason: 'The customers are back' }
  await carryout.replay('orders-failed-3', who)
  await carryout.resend('orders-failed-2', { params: { from: '2026-02-01', to: '2026-03-01' } }, who)
  await ended('ready', 5)
  await bury()
  await carryout.pause({ by: 'hanako', reason: 'The database is upgraded until noon' })
  await request('orders-waiting', { requestedBy: 'taro@example.com' })
  await request('items-waiting', { export: 'order-items', params: {} })
  const { groups } = await carryout.failures()
  const key = groups[0]?.key
  await carryout.replayAll({ name: 'customers-are-back', by: 'hanako', why: who.reason, group: String(key) })

  await take('downloads', '')
  await take('no-match', '?until=2020-01-01')
  await take('failures', 'failures')
  await take('failure-group', `failures/${key}`)
  await take('replay-group', `failures/${key}/replay`)
  await take('replays', 'replays')
  await take('bulk-replay', 'replays/customers-are-back')
  await take('ready', 'executions/orders-ready')
  await take('failed', 'executions/orders-failed-1')
  await take('superseded', 'executions/orders-failed-2')
  await take('waiting', 'executions/orders-waiting')
  await take('replay', 'executions/orders-failed-1/replay')
  await take('sending', 'executions/orders-failed-1/replay', async (page) => {
    // Answered by no page, so that this one stays.
    await page.route('**/replay', (route) =>
      route.request().method() === 'POST' ? route.fulfill({ status: 204 }) : route.continue(),
    )
    await page.locator('form[method=post] button').click({ noWaitAfter: true })
    await page.locator('form[method=post] button:disabled').waitFor()
    await page.unroute('**/replay')
  })
  await take('edit', 'executions/orders-failed-1/edit')
  await take('edit-refused', 'executions/orders-failed-1/edit?json=1', async (page) => {
    await page.locator('textarea').fill('{ "from": "2026-01-01", "until": "2026-04-01" }')
    await page.locator('form[method=post] button').click()
    await page.getByRole('alert').waitFor()
  })
  await take('logs', 'executions/orders-failed-1/logs')
  await take('queue', 'queue')
  await take('exports', 'exports')
  await take('export', 'exports/orders')
  await take('outbox', 'outbox', async (page) => {
    // Each mail is a page of its own, which is loaded when it comes into view.
    await page.frameLocator('iframe').first().locator('body').waitFor()
  })
  await take('not-found', 'executions/nobody')
  await take('not-refreshed', '', async (page) => {
    await page.context().setOffline(true)
    await page.locator('#stale:not([hidden])').waitFor()
    await page.context().setOffline(false)
  })
  await takeElsewhere('read-only', 'executions/orders-failed-1', { carryout, readOnly: true })
  await takeElsewhere('not-allowed', '', { carryout, authorize: () => null })
  const denied =
    'User: arn:aws:sts::111122223333:assumed-role/reader/hanako is not authorized to perform: dynamodb:Query'
  await takeElsewhere('forbidden', 'failures', { carryout: failing('AccessDeniedException', denied) })
  const expired = 'The security token included in the request is expired'
  await takeElsewhere('expired', 'failures', { carryout: failing('ExpiredTokenException', expired) })
  await takeElsewhere('unreachable', 'failures', { carryout: failing('TimeoutError', 'connect ETIMEDOUT') })
  await takeElsewhere('unexpected', 'failures', { carryout: failing('TypeError', 'x is not iterable') })

  async function takeElsewhere(name: string, path: string, mount: ConsoleOptions) {
    const served = await serveConsole(createConsole(mount), { port: 0 })
    await album.take(name, served.url + path)
    await served.close()
  }

  /** A client for which AWS refuses to list the failures. */
  function failing(name: string, message: string): OperatorClient {
    const client = createOperator({ stackName: 'Carryout' }, options)
    client.paused = async () => null
    client.failures = () => Promise.reject(Object.assign(new Error(message), { name }))
    return client
  }

  async function bury() {
    const sqs = new SQSClient(options)
    const MessageBody = JSON.stringify({ id: 'from-a-test', export: 'orders', params: {}, requestedBy: 'nobody' })
    const QueueUrl = deadLetterQueueUrl ?? queueUrl
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageGroupId: 'database', MessageBody }))
    sqs.destroy()
  }

  async function ended(state: 'ready' | 'failed', count: number) {
    while ((await carryout.downloads({ state })).downloads.length < count) await sleep(200)
  }
} finally {
  await browser.close()
  await cloud.stop()
  rmSync(stateDirectory, { recursive: true, force: true })
}
