/**
 * `npm run screenshots`: takes a picture of every page of the console, light, dark and on a phone, into docs/console/. It
 * boots a local cloud of its own in a temporary directory and breaks its sample shop.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createOperator } from '@carryout/client/operator'
import { createConnection } from 'mysql2/promise'
import type { BrowserContextOptions } from 'playwright-core'
import { startLaptop } from '../../laptop/laptop.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { openBrowser } from '../support/browser.ts'

const FOLDER = join(import.meta.dirname, '../../docs/console')
const LOOKS: Record<string, BrowserContextOptions> = {
  light: { colorScheme: 'light', viewport: { width: 1100, height: 700 } },
  dark: { colorScheme: 'dark', viewport: { width: 1100, height: 700 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 800 }, deviceScaleFactor: 2, isMobile: true },
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
  await ended('ready', 1)
  const connection = await createConnection(access)
  await connection.query('RENAME TABLE customers TO gone')
  for (const id of ['orders-failed-1', 'orders-failed-2', 'orders-failed-3']) await request(id)
  await request('misspelt', { export: 'ordres', requestedBy: 'taro@example.com' })
  await ended('failed', 4)
  await connection.query('RENAME TABLE gone TO customers')
  await connection.end()
  await carryout.pause({ by: 'hanako', reason: 'Screenshots' })
  await request('orders-waiting', { requestedBy: 'taro@example.com' })

  const { groups } = await carryout.failures()
  const pages: Record<string, string> = {
    downloads: '',
    failures: 'failures',
    'failure-group': `failures/${groups[0]?.key}`,
    'replay-group': `failures/${groups[0]?.key}/replay`,
    ready: 'executions/orders-ready',
    failed: 'executions/orders-failed-1',
    replay: 'executions/orders-failed-1/replay',
    edit: 'executions/orders-failed-1/edit',
    logs: 'executions/orders-failed-1/logs',
    waiting: 'executions/orders-waiting',
    queue: 'queue',
    'not-found': 'executions/nobody',
  }
  mkdirSync(FOLDER, { recursive: true })
  for (const [look, options] of Object.entries(LOOKS)) {
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options })
    const page = await context.newPage()
    for (const [name, path] of Object.entries(pages)) {
      await page.goto(`${cloud.endpointUrl}/_carryout/${path}`)
      await page.screenshot({ path: join(FOLDER, `${name}-${look}.png`), fullPage: true })
      console.log(`docs/console/${name}-${look}.png`)
    }
    await context.close()
  }

  async function ended(state: 'ready' | 'failed', count: number) {
    while ((await carryout.downloads({ state })).downloads.length < count) await sleep(200)
  }
} finally {
  await browser.close()
  await cloud.stop()
  rmSync(stateDirectory, { recursive: true, force: true })
}
