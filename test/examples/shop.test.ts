/** A user on the sample shop's admin page: the slow button, Carryout's button, a reload, another tab, ten users at once. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Carryout, createCarryout } from '@carryout/client'
import { parse } from 'csv-parse/sync'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { PEOPLE } from '../../examples/shop/people.ts'
import { type ServedShop, serveShop } from '../../examples/shop/serve.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { accessibilityProblems, openBrowser } from '../support/browser.ts'
import { startTestCloud, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { elementModules, reactScript, vueScript } from '../support/element-examples.ts'
import { givenRequest, outcomeOf } from '../support/pipeline.ts'

const ORDERS = 300
const PATIENCE_MILLIS = 60_000

type Host = 'carryout-download' | 'carryout-downloads'

let database: FreshDatabase
let proxy: DatabaseProxy
let cloud: TestCloud
let carryout: Carryout
let shop: ServedShop
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

test('the old button waits for its query, while Carryout’s responds immediately, across a reload and in a second tab', async () => {
  const context = await signIn('hanako@example.com')
  const page = await open(context)
  const slow = page.waitForEvent('download')
  const release = await holdTheSlot(1)
  const busy = await database.connect()
  await busy.query('LOCK TABLES customers WRITE')
  await page.getByRole('link', { name: 'Download CSV' }).click()
  await page.getByText(/^Waiting for the web server/).waitFor()
  await button(page).click()
  await page.locator('carryout-download').getByText('1 ahead of you', { exact: true }).waitFor()
  expect(await page.getByText(/^Waiting for the web server/).count()).toBe(1)
  await busy.end()
  expect((await slow).suggestedFilename()).toBe('orders.csv')

  await page.reload()
  await page.locator('carryout-download[data-phase=waiting]').waitFor()
  const tab = await open(context)
  await tab.locator('carryout-download[data-phase=waiting]').waitFor()
  await tab.locator('carryout-downloads').getByText('1 ahead of you', { exact: true }).waitFor()
  await release()
  for (const each of [page, tab]) {
    await each.locator('carryout-download[data-phase=ready]').waitFor()
    // The button's and the list's.
    await fileLinks(each).nth(1).waitFor()
  }
  expect(rowsIn(await fetchFile(page))).toBe(ORDERS)
})

interface Look {
  locale: string
  email: string
  options?: BrowserContextOptions
  /** Page on which the waiting download is cancelled. */
  cancelAt: Host
  told: Record<'waiting' | 'cancelled' | 'failed' | 'ready', string>
  offline: string
  rows: string
}

const LOOKS: Look[] = [
  {
    locale: 'en',
    email: 'noah@example.com',
    cancelAt: 'carryout-download',
    told: { waiting: 'Waiting', cancelled: 'Cancelled', failed: 'Failed', ready: 'Ready' },
    offline: 'Offline. Trying again…',
    rows: '120 of about 300 rows',
  },
  {
    locale: 'ja',
    email: 'liam@example.com',
    options: { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
    cancelAt: 'carryout-downloads',
    told: { waiting: '順番待ち', cancelled: 'キャンセル済み', failed: '失敗', ready: '完了' },
    offline: '接続できません。自動的に再試行します…',
    rows: '約300行中120行',
  },
]

test.each(LOOKS)(
  'in $locale, by keyboard alone, one is requested, cancelled, seen to fail, tried again and fetched; no state has an accessibility violation; offline it says so and goes on by itself',
  async ({ locale, email, options, cancelAt, told, offline, rows }) => {
    const context = await signIn(email, { locale, ...options })
    const page = await open(context)
    const main = page.locator('carryout-download')
    const problems: string[] = []
    /** It is shown, said to screen readers, and the focus stays on what can be done next. */
    const reached = async (phase: keyof Look['told'], focus: string) => {
      await page.locator(`carryout-download[data-phase=${phase}]`).waitFor()
      expect(await announced(page)).toContain(told[phase])
      expect(await focused(page)).toBe(focus)
      problems.push(...(await accessibilityProblems(page)))
    }
    await page.locator('carryout-downloads').getByRole('paragraph').first().waitFor()
    const release = await holdTheSlot()
    await tabTo(page, 'carryout-download button')
    await page.keyboard.press('Enter')
    await reached('waiting', 'carryout-download cancel')
    await page.locator('carryout-downloads').getByRole('listitem').waitFor()
    await tabTo(page, `${cancelAt} cancel`)
    await page.keyboard.press('Enter')
    await reached('cancelled', `${cancelAt} again`)
    await tabTo(page, 'carryout-download again', 'Shift+Tab')
    await page.keyboard.press('Enter')
    await page.locator('carryout-download[data-phase=waiting]').waitFor()
    await context.setOffline(true)
    await main.getByText(offline, { exact: true }).first().waitFor()
    // The sample is too small for a look halfway through.
    const running = { status: 'running', position: null, rows: 120, expectedRows: 300 }
    await page.route(/\/downloads\/[^/?]+$/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...((await response.json()) as object), ...running } })
    })
    await context.setOffline(false)
    await main.getByText(rows).first().waitFor()
    expect(await main.getByRole('progressbar').getAttribute('value')).toBe('120')
    expect(await main.getByRole('progressbar').getAttribute('max')).toBe('300')
    problems.push(...(await accessibilityProblems(page)))
    await page.unrouteAll({ behavior: 'wait' })
    await withoutCustomers(async () => {
      await release()
      await reached('failed', 'carryout-download again')
    })
    await page.keyboard.press('Enter')
    await reached('ready', 'carryout-download link')
    const enter = () => page.keyboard.press('Enter')
    const file = await downloaded(page, enter)
    expect(rowsIn(file)).toBe(ORDERS)
    await fileLinks(page).nth(1).waitFor()
    await tabTo(page, 'carryout-downloads link')
    expect(await downloaded(page, enter)).toBe(file)
    const tooWide = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
    if (tooWide > 0) problems.push(`${tooWide} px too wide`)
    expect(problems).toEqual([])
  },
)

test('a failed download says so and is retried; nobody else sees it; an identical finished file is offered immediately', async () => {
  const page = await open(await signIn('emma@example.com'))
  await withoutCustomers(async () => {
    await button(page).click()
    await page
      .locator('carryout-download')
      .getByText(/^The download could not be completed/)
      .waitFor()
  })
  await page
    .locator('carryout-download')
    .getByRole('button', { name: /^Try again/ })
    .click()
  await page.locator('carryout-download[data-phase=ready]').waitFor()
  await fileLinks(page).nth(1).waitFor()
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

test('the examples for React and Vue each make a download, and so does the button’s own module, in Japanese', async () => {
  const context = await signIn('aoi@example.com', { locale: 'ja-JP' })
  const params = { from: '2026-02-01', to: '2026-03-01' }
  const scripts: Record<string, string> = {
    ...elementModules(),
    'react.js': reactScript({ export: 'orders', params }),
    'vue.js': vueScript(),
  }
  const asked: string[] = []
  await context.route(/\/(examples|[a-z]+\.js)(\?|$)/, (route) => {
    const { pathname, search } = new URL(route.request().url())
    const name = pathname.slice(1)
    asked.push(name)
    if (name in scripts) return route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: scripts[name]! })
    const tags = ['button.js', 'react.js', 'vue.js'].map((each) => `<script type="module" src="/${each}"></script>`)
    const element = '<carryout-download export="order-items"></carryout-download>'
    const body = `<html lang="${search.slice(1)}"><main>${element}<p id="react"></p><p id="vue"></p></main>${tags.join('')}`
    return route.fulfill({ contentType: 'text/html; charset=utf-8', body })
  })
  const page = await open(context, '/examples?ja')
  const [react, vue, main] = ['#react', '#vue', 'carryout-download'].map((each) => page.locator(each)) as Locator[]
  await main!.getByRole('button', { name: 'ダウンロード' }).click()
  await react!.getByRole('button', { name: 'Download' }).click()
  await vue!.getByRole('button', { name: 'idle' }).click()
  await main!.getByRole('link', { name: /\.csv$/ }).waitFor()
  await vue!.getByRole('button', { name: 'ready' }).waitFor()
  const file = await react!.getByRole('link', { name: /\.csv$/ }).getAttribute('href')
  expect((await context.request.get(shop.url + file)).status()).toBe(200)
  expect(asked.filter((name) => name === 'ja.js')).toHaveLength(1)
  await page.goto(`${shop.url}/examples?en`)
  await main!.getByRole('link', { name: /\.csv$/ }).waitFor()
  expect(asked.filter((name) => name === 'ja.js')).toHaveLength(1)
})

test('ten people at once get their own ten files from ten executions, with never two queries at once', async () => {
  proxy.forgetMost()
  const days = (index: number) => `/?from=2026-01-01&to=2026-${String(index + 2).padStart(2, '0')}-01`
  const pages = await Promise.all(PEOPLE.map(async ({ email }, index) => open(await signIn(email), days(index))))
  await Promise.all(pages.map((page) => button(page).click()))
  await Promise.all(pages.map((page) => page.locator('carryout-download[data-phase=ready]').waitFor()))
  const files = await Promise.all(pages.map(fetchFile))
  expect(proxy.most()).toBe(1)
  expect(new Set(files).size).toBe(10)
  const rows = await Promise.all(PEOPLE.map((_, index) => countOrders(`2026-${String(index + 2).padStart(2, '0')}-01`)))
  expect(files.map(rowsIn)).toEqual(rows)
  const ids = await Promise.all(pages.map((page) => fileLinks(page).first().getAttribute('href')))
  expect(new Set(ids).size).toBe(10)
  for (const id of ids) expect((await outcomeOf(cloud, id!.split('/')[2]!)).status).toBe('SUCCEEDED')
})

function client() {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  return createCarryout({ stackName: 'Carryout' }, { endpoint: cloud.endpointUrl, region: cloud.region, credentials })
}

/** Another export runs, and so many more wait, until it is released. */
async function holdTheSlot(waiting = 0): Promise<() => Promise<void>> {
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

async function signIn(email: string, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options })
  contexts.push(context)
  await context.addCookies([{ name: 'person', value: encodeURIComponent(email), url: shop.url }])
  return context
}

async function open(context: BrowserContext, path = '/'): Promise<Page> {
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MILLIS)
  await page.goto(shop.url + path)
  return page
}

function button(page: Page) {
  return page.getByRole('button', { name: 'Download', exact: true })
}

function fileLinks(page: Page) {
  return page.getByRole('link', { name: /\.csv$/ })
}

function fetchFile(page: Page): Promise<string> {
  return downloaded(page, () => fileLinks(page).first().click())
}

async function downloaded(page: Page, act: () => Promise<void>): Promise<string> {
  const download = page.waitForEvent('download')
  await act()
  const { readFile } = await import('node:fs/promises')
  return readFile(await (await download).path(), 'utf8')
}

function rowsIn(csv: string): number {
  return parse(csv, { columns: true }).length
}

/** Presses the key until the target, as named by `focused`, has the focus. */
async function tabTo(page: Page, target: string, key: 'Tab' | 'Shift+Tab' = 'Tab') {
  const passed: string[] = []
  for (let focus = await focused(page); focus !== target; focus = await focused(page)) {
    passed.push(focus)
    if (passed.length > 30) throw new Error(`${key} does not reach ${target}: ${passed.join(', ')}`)
    await page.keyboard.press(key)
  }
}

/** The element that has the focus: an element of ours with the part inside it. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const { activeElement: outer } = document
    const inner = outer.shadowRoot?.activeElement
    return inner ? outer.localName + ' ' + inner.getAttribute('part') : outer.localName
  })()`)
}

/** Announcements of both elements, which share them, so that none is announced twice. */
async function announced(page: Page): Promise<string> {
  return (await page.getByRole('status').allInnerTexts()).join('\n')
}

/** The export of orders fails meanwhile. */
async function withoutCustomers(act: () => Promise<void>) {
  const connection = await database.connect()
  await connection.query('RENAME TABLE customers TO gone')
  try {
    await act()
  } finally {
    await connection.query('RENAME TABLE gone TO customers')
    await connection.end()
  }
}

async function countOrders(to: string): Promise<number> {
  const connection = await database.connect()
  try {
    const [rows] = await connection.query(
      `SELECT COUNT(*) AS n FROM orders WHERE ordered_at >= '2026-01-01' AND ordered_at < ?`,
      [to],
    )
    return (rows as { n: number }[])[0]!.n
  } finally {
    await connection.end()
  }
}
