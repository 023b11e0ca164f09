/** What a person does on the sample shop's admin page: the slow button, ours, a reload, another tab, a failure. */
import { createCarryout } from '@carryout/client'
import { parse } from 'csv-parse/sync'
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { type ServedShop, serveShop } from '../../examples/shop/serve.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { openBrowser } from '../support/browser.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { givenRequest } from '../support/pipeline.ts'

const ORDERS = 300
const SLOW_SECONDS = 6
const PATIENCE_MILLIS = 20_000

let database: FreshDatabase
let cloud: TestCloud
let shop: ServedShop
let browser: Browser
let held: { destroy(): void } | undefined
const contexts: BrowserContext[] = []
beforeAll(async () => {
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  ;[cloud, browser] = await Promise.all([startTestCloud({ databaseUrl: urlOf(database) }), openBrowser()])
  const carryout = client()
  shop = await serveShop({ carryout, database: database.connection, port: 0, slowSeconds: SLOW_SECONDS })
})
afterEach(async () => {
  // Of a test that failed.
  held?.destroy()
  await Promise.all(contexts.splice(0).map((context) => context.close()))
})
afterAll(async () => {
  await browser?.close()
  await shop?.close()
  await cloud?.close()
  await database?.drop()
})

test('the old button waits for its query while ours answers at once, over a reload and in a second tab', async () => {
  const context = await signIn('hanako@example.com')
  const page = await open(context)
  const slow = page.waitForEvent('download')
  const release = await holdTheSlot()
  await page.getByRole('link', { name: 'Download CSV' }).click()
  await page.getByText(/^Waiting for the web server/).waitFor()
  await button(page).click()
  await page.locator('carryout-download').getByText('1 ahead of you').waitFor()
  expect(await page.getByText(/^Waiting for the web server/).count()).toBe(1)
  expect((await slow).suggestedFilename()).toBe('orders.csv')

  await page.reload()
  await page.locator('carryout-download[data-phase=waiting]').waitFor()
  const tab = await open(context)
  await tab.locator('carryout-download[data-phase=waiting]').waitFor()
  await tab.locator('carryout-downloads').getByText('1 ahead of you').waitFor()
  await release()
  for (const each of [page, tab]) {
    await each.locator('carryout-download[data-phase=ready]').waitFor()
    expect(await fileLinks(each).count()).toBe(2)
  }
  expect(rowsIn(await fetchFile(page))).toBe(ORDERS)
})

test('by keyboard alone one is requested, cancelled, and tried again; screen readers are told', async () => {
  const page = await open(await signIn('taro@example.com'))
  const release = await holdTheSlot()
  for (let tabs = 0; (await focused(page)) !== 'carryout-download: Download' && tabs < 30; tabs++) {
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  await page.locator('carryout-download[data-phase=waiting]').waitFor()
  expect(await focused(page)).toBe('carryout-download: Cancel')
  expect(await told(page)).toContain('Waiting')
  await page.keyboard.press('Enter')
  await page.locator('carryout-download[data-phase=cancelled]').waitFor()
  expect(await focused(page)).toBe('carryout-download: Try again')
  expect(await told(page)).toContain('Cancelled')
  await page.keyboard.press('Enter')
  await page.locator('carryout-download[data-phase=waiting]').waitFor()
  await release()
  await page.locator('carryout-download[data-phase=ready]').waitFor()
  expect(await told(page)).toContain('Ready')
  expect(await focused(page)).toContain('.csv')
})

test('a failed one says so and is tried again; nobody else sees it; an identical finished file is offered at once', async () => {
  const page = await open(await signIn('emma@example.com'))
  const connection = await database.connect()
  await connection.query('RENAME TABLE customers TO gone')
  try {
    await button(page).click()
    await page
      .locator('carryout-download')
      .getByText(/^It could not be completed/)
      .waitFor()
  } finally {
    await connection.query('RENAME TABLE gone TO customers')
    await connection.end()
  }
  await page
    .locator('carryout-download')
    .getByRole('button', { name: /^Try again/ })
    .click()
  await page.locator('carryout-download[data-phase=ready]').waitFor()
  expect(await page.locator('carryout-downloads').getByRole('listitem').count()).toBe(2)

  const href = (await fileLinks(page).first().getAttribute('href')) as string
  const other = await open(await signIn('kenji@example.com'))
  await other.getByText('No downloads yet').waitFor()
  const answers = await other.evaluate(
    (paths) =>
      Promise.all(paths.map(async (path) => [(await fetch(path)).status, await (await fetch(path)).text()] as const)),
    [href, href.replace('/file', ''), '/downloads/nobody-knows/file', '/downloads/nobody-knows'],
  )
  expect(answers.map(([status]) => status)).toEqual([404, 404, 404, 404])
  expect(answers[0]).toEqual(answers[2])
  expect(answers[1]).toEqual(answers[3])

  // Another browser of the same person remembers nothing.
  const elsewhere = await open(await signIn('emma@example.com'))
  await elsewhere.getByText(/^Less than a minute/).waitFor()
  await button(elsewhere).click()
  await elsewhere.getByText(/^You already have this file/).waitFor()
})

function client() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return createCarryout({ stackName: 'Carryout' }, { endpoint: cloud.endpointUrl, region: cloud.region, credentials })
}

/** Another export runs and one more waits, until it is released. */
async function holdTheSlot(): Promise<() => Promise<void>> {
  const connection = await database.connect()
  await connection.query('LOCK TABLES order_items WRITE')
  const carryout = client()
  const requests = ['one', 'two'].map((name) =>
    givenRequest({ export: 'order-items', params: {}, requestedBy: `${name}@example.com` }),
  )
  for (const request of requests) await carryout.request(request as never)
  for await (const { status } of carryout.follow(requests[0]!.id as string, { queued: true }))
    if (status === 'RUNNING') break
  held = connection
  return () => connection.end()
}

async function signIn(email: string, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  contexts.push(context)
  await context.addCookies([{ name: 'person', value: encodeURIComponent(email), url: shop.url }])
  return context
}

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MILLIS)
  await page.goto(shop.url)
  return page
}

function button(page: Page) {
  return page.getByRole('button', { name: 'Download', exact: true })
}

function fileLinks(page: Page) {
  return page.getByRole('link', { name: /\.csv$/ })
}

async function fetchFile(page: Page): Promise<string> {
  const download = page.waitForEvent('download')
  await fileLinks(page).first().click()
  const { readFile } = await import('node:fs/promises')
  return readFile(await (await download).path(), 'utf8')
}

function rowsIn(csv: string): number {
  return parse(csv, { columns: true }).length
}

/** The element that has the focus, and what is in it. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement: outer } = document
    const inner = outer.shadowRoot?.activeElement
    const text = (inner ?? outer).innerText.trim() || inner?.assignedSlot?.innerText || inner?.textContent
    return inner ? outer.localName + ': ' + text : String(outer.innerText)
  })()`)
}

function told(page: Page): Promise<string> {
  return page.locator('carryout-download').getByRole('status').innerText()
}

function urlOf({ exporter, host, port, database: name }: FreshDatabase): string {
  return `mysql://${encodeURIComponent(exporter.username)}:${encodeURIComponent(exporter.password)}@${host}:${port}/${name}`
}
