/**
 * `npm run screenshots`: takes a picture of every page of the console into docs/console/, in English and light; of some also
 * dark, on a phone and in Japanese. It boots a local cloud of its own in a temporary directory and breaks its sample shop.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createOperator } from '@carryout/client/operator'
import { createConnection } from 'mysql2/promise'
import type { BrowserContextOptions } from 'playwright-core'
import { startLaptop } from '../../laptop/laptop.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { openBrowser } from '../support/browser.ts'
import { withPalette } from './palette.ts'

const FOLDER = join(import.meta.dirname, '../../docs/console')
/** What is below is cut off: a picture is looked at, not read. */
const MOST_HEIGHT = 800
const LOOKS: Record<string, BrowserContextOptions & { locale: string }> = {
  light: { locale: 'en-GB', colorScheme: 'light', viewport: { width: 1000, height: 600 } },
  dark: { locale: 'en-GB', colorScheme: 'dark', viewport: { width: 1000, height: 600 } },
  phone: { locale: 'en-GB', colorScheme: 'light', viewport: { width: 390, height: 800 }, isMobile: true },
  ja: { locale: 'ja-JP', colorScheme: 'light', viewport: { width: 1000, height: 600 } },
}
/** Of every page there is one in light. */
const ALSO: Record<string, string[]> = {
  dark: ['downloads', 'failed', 'replay', 'queue'],
  phone: ['downloads', 'failed', 'replay', 'bulk-replay'],
  ja: [
    ...['downloads', 'failures', 'replay-group', 'bulk-replay', 'failed', 'replay', 'edit'],
    ...['waiting', 'queue', 'exports', 'export', 'outbox'],
  ],
}
const PARAMS = { from: '2026-01-01', to: '2026-04-01' }

const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-screenshots-'))
const cloud = await startLaptop({ stateDirectory, port: 0, onProgress: (line) => console.log(line) })
const browser = await openBrowser()
try {
  const { host, port, database, admin } = cloud.database
  const access = { host, port, database, user: admin.username, password: admin.password }
  await fillShop(access, { orders: 5_000 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const carryout = createOperator(
    { stackName: 'Carryout' },
    { endpoint: cloud.endpointUrl, region: cloud.region, credentials },
  )
  const request = (id: string, change = {}) =>
    carryout.request({ id, export: 'orders', params: PARAMS, requestedBy: 'hanako@example.com', ...change })

  await request('orders-ready')
  await request('items', { export: 'order-items', params: {} })
  await ended('ready', 2)
  const connection = await createConnection(access)
  await connection.query('RENAME TABLE customers TO gone')
  for (const id of ['orders-failed-1', 'orders-failed-2', 'orders-failed-3']) await request(id)
  await request('misspelt', { export: 'ordres', requestedBy: 'taro@example.com' })
  await ended('failed', 4)
  await connection.query('RENAME TABLE gone TO customers')
  await connection.end()
  const who = { by: 'hanako', reason: 'The customers are back' }
  await carryout.replay('orders-failed-3', who)
  await carryout.resend('orders-failed-2', { params: { from: '2026-02-01', to: '2026-03-01' } }, who)
  await ended('ready', 4)
  const { queueUrl, deadLetterQueueUrl } = await carryout.parts()
  await bury(deadLetterQueueUrl ?? queueUrl)
  await carryout.pause({ by: 'hanako', reason: 'The database is upgraded until noon' })
  await request('orders-waiting', { requestedBy: 'taro@example.com' })
  await request('items-waiting', { export: 'order-items', params: {} })

  const { groups } = await carryout.failures()
  await carryout.replayAll({
    name: 'customers-are-back',
    by: 'hanako',
    why: who.reason,
    executions: ['orders-failed-1'],
  })
  const pages: Record<string, string> = {
    downloads: '',
    failures: 'failures',
    'failure-group': `failures/${groups[0]?.key}`,
    'replay-group': `failures/${groups[0]?.key}/replay`,
    ready: 'executions/orders-ready',
    failed: 'executions/orders-failed-1',
    superseded: 'executions/orders-failed-2',
    replay: 'executions/orders-failed-1/replay',
    edit: 'executions/orders-failed-1/edit',
    logs: 'executions/orders-failed-1/logs',
    'bulk-replay': 'replays/customers-are-back',
    waiting: 'executions/orders-waiting',
    queue: 'queue',
    exports: 'exports',
    export: 'exports/orders',
    'not-found': 'executions/nobody',
    outbox: 'outbox',
  }
  mkdirSync(FOLDER, { recursive: true })
  for (const [look, options] of Object.entries(LOOKS)) {
    const context = await browser.newContext({ timezoneId: 'Asia/Tokyo', ...options })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(pages)) {
      if (ALSO[look] && !ALSO[look].includes(name)) continue
      await page.goto(`${cloud.endpointUrl}/_carryout/${path}`)
      const full = Number(await page.evaluate('document.documentElement.scrollHeight'))
      const width = options.viewport?.width ?? 0
      const clip = { x: 0, y: 0, width, height: Math.min(full, MOST_HEIGHT) }
      const picture = await page.screenshot({ fullPage: true, clip })
      writeFileSync(join(FOLDER, `${name}-${look}.png`), withPalette(picture))
      console.log(`docs/console/${name}-${look}.png`)
    }
    await context.close()
  }

  async function bury(QueueUrl: string) {
    const sqs = new SQSClient({ endpoint: cloud.endpointUrl, region: cloud.region, credentials })
    const MessageBody = JSON.stringify({ id: 'from-a-test', export: 'orders', params: {}, requestedBy: 'nobody' })
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
