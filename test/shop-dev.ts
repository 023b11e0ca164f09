import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCarryout } from '@carryout/client'
import { createConnection } from 'mysql2/promise'
import { serveShop } from '../examples/shop/serve.ts'
import { startLaptop } from '../laptop/laptop.ts'
import { fillShop } from '../laptop/shop/fill.ts'
import { openBrowser, accessibilityProblems } from './support/browser.ts'
const cloud = await startLaptop({ stateDirectory: mkdtempSync(join(tmpdir(), 'dev-')), port: 0, onProgress: console.log })
const { host, port, database, admin } = cloud.database
const access = { host, port, database, user: admin.username, password: admin.password }
await fillShop(access, { orders: 20000 })
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
const carryout = createCarryout({ stackName: 'Carryout' }, { endpoint: cloud.endpointUrl, region: cloud.region, credentials })
const shop = await serveShop({ carryout, database: access, port: 0, slowSeconds: 3 })
console.log(shop.url)
const browser = await openBrowser()
try {
  const look = async (name: string, options: object) => {
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1100, height: 900 }, ...options })
    const page = await context.newPage()
    page.on('console', (m) => console.log(name, m.text()))
    page.on('pageerror', (e) => console.log(name, e))
    await page.goto(shop.url)
    return page
  }
  const page = await look('light', {}); page.setDefaultTimeout(12000);  
  await page.getByText('No downloads yet').waitFor()
  await page.screenshot({ path: '/tmp/s-idle.png' })
  const connection = await createConnection(access)
  await connection.query('LOCK TABLES order_items WRITE')
  await carryout.request({ id: 'block', export: 'order-items', params: {}, requestedBy: 'x@example.com' })
  await carryout.request({ id: 'block2', export: 'order-items', params: {}, requestedBy: 'y@example.com' })
  await page.locator('#slow').click()
  await page.getByRole('button', { name: 'Download', exact: true }).click()
  await page.getByRole('button', { name: /^Cancel: orders/i }).first().waitFor()
  await page.screenshot({ path: '/tmp/s-waiting.png' })
  console.log('axe', await accessibilityProblems(page))
  const dark = await look('dark', { colorScheme: 'dark' })
  await dark.getByRole('button', { name: /^Cancel: orders/i }).first().waitFor()
  await dark.screenshot({ path: '/tmp/s-dark.png' })
  await connection.query('UNLOCK TABLES')
  await page.locator('carryout-download[data-phase=ready]').waitFor()
  await page.screenshot({ path: '/tmp/s-ready.png' })
  const ja = await look('ja', { locale: 'ja-JP' })
  await ja.getByText('完了').count()
  await ja.waitForTimeout(1000)
  await ja.screenshot({ path: '/tmp/s-ja.png' })
  await connection.query('RENAME TABLE customers TO gone')
  await page.getByRole('button', { name: /Make a new file/ }).first().click()
  await page.locator('carryout-download[data-phase=failed]').waitFor()
  await connection.query('RENAME TABLE gone TO customers')
  const phone = await look('phone', { viewport: { width: 390, height: 1100 }, isMobile: true })
  await phone.waitForTimeout(1500)
  await phone.screenshot({ path: '/tmp/s-phone.png', fullPage: true })
  await connection.end()
} catch (e) { console.log(e); for (const c of browser.contexts()) for (const p of c.pages()) { await p.screenshot({path:'/tmp/s-err.png'}); console.log(await p.locator('carryout-download').evaluate((e: any) => JSON.stringify(e.store.getState()) + e.shadowRoot.innerHTML)) } }
finally { await browser.close(); await shop.close(); await cloud.stop(); process.exit() }
