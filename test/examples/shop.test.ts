/** A user on the sample shop's admin page: the slow button, Carryout's button, a reload, another tab, ten users at once. */
import { PEOPLE } from '../../examples/shop/people.ts'
import { outcomeOf } from '../support/pipeline.ts'
import {
  button,
  cloud,
  database,
  fetchFile,
  fileLinks,
  holdTheSlot,
  ORDERS,
  open,
  proxy,
  rowsIn,
  signIn,
  withoutCustomers,
} from './served-shop.ts'

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
