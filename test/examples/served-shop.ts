/** The sample shop on a local cloud, with a browser: a user's pages, buttons and files, for the suites of the shop. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carryout, createCarryout } from '@carryout/client'
import { parse } from 'csv-parse/sync'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type ServedShop, serveShop } from '../../examples/shop/serve.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { openBrowser } from '../support/browser.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { givenRequest } from '../support/pipeline.ts'

export const ORDERS = 300
const PATIENCE_MILLIS = 60_000

export let database: FreshDatabase
export let proxy: DatabaseProxy
export let cloud: TestCloud
let carryout: Carryout
export let shop: ServedShop
let browser: Browser
let held: { destroy(): void } | undefined
const contexts: BrowserContext[] = []
beforeAll(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  proxy = await startDatabaseProxy(database)
  ;[cloud, browser] = await Promise.all([startTestCloud({ databaseUrl: proxy.url }), openBrowser()])
  carryout = client()
  // Jest never ends two imports of one module at a time: the stack is looked up once, and before the page does.
  await carryout.parts()
  // The connection bypasses the proxy, which counts the exports' queries.
  shop = await serveShop({ carryout, database: database.connection, port: 0, slowSeconds: 0 })
})
afterEach(async () => {
  // A failed test may leave its lock.
  held?.destroy()
  held = undefined
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  // A request that a test left would wait for the next test's lock, and that test would wait for the request.
  while ((await carryout.list({ status: 'RUNNING' })).length + (await carryout.waiting()).queued > 0) await sleep(100)
})
afterAll(async () => {
  await browser?.close()
  await shop?.close()
  await cloud?.close()
  await proxy?.close()
  await database?.drop()
})

function client() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return createCarryout({ stackName: 'Carryout' }, { endpoint: cloud.endpointUrl, region: cloud.region, credentials })
}

/** Another export runs, and so many more wait, until it is released. */
export async function holdTheSlot(waiting = 0): Promise<() => Promise<void>> {
  const connection = await database.connect()
  await connection.query('LOCK TABLES order_items WRITE')
  const requests = Array.from({ length: waiting + 1 }, (_, number) =>
    givenRequest({ export: 'order-items', params: {}, requestedBy: `${number}@example.com` }),
  )
  for (const request of requests) await carryout.request(request as never)
  for await (const { status } of carryout.follow(requests[0]!.id as string, { queued: true }))
    if (status === 'RUNNING') break
  held = connection
  return () => connection.end()
}

export async function signIn(email: string, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  contexts.push(context)
  await context.addCookies([{ name: 'person', value: encodeURIComponent(email), url: shop.url }])
  return context
}

export async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MILLIS)
  await page.goto(shop.url + path)
  return page
}

export function button(page: Page) {
  return page.getByRole('button', { name: 'Download', exact: true })
}

export function fileLinks(page: Page) {
  return page.getByRole('link', { name: /\.csv$/ })
}

export function fetchFile(page: Page): Promise<string> {
  return downloaded(page, () => fileLinks(page).first().click())
}

export async function downloaded(page: Page, act: () => Promise<void>): Promise<string> {
  const download = page.waitForEvent('download')
  await act()
  return readFile(await (await download).path(), 'utf8')
}

export function rowsIn(csv: string): number {
  return parse(csv, { columns: true }).length
}

/** The export of orders fails meanwhile. */
export async function withoutCustomers(act: () => Promise<void>) {
  const connection = await database.connect()
  await connection.query('RENAME TABLE customers TO gone')
  try {
    await act()
  } finally {
    await connection.query('RENAME TABLE gone TO customers')
    await connection.end()
  }
}
