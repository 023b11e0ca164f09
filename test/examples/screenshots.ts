/** `npm run screenshots`: takes the pictures of the sample shop in docs/element/, in English and in Japanese. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCarryout } from '@carryout/client'
import { createConnection } from 'mysql2/promise'
import { serveShop } from '../../examples/shop/serve.ts'
import { startLaptop } from '../../laptop/laptop.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { withPalette } from '../console/palette.ts'
import { openCamera } from '../support/browser.ts'

const FOLDER = join(import.meta.dirname, '../../docs/element')
const VIEWPORT = { width: 1100, height: 900 }
const SLOW_SECONDS = 60

const browser = await openCamera()
const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-screenshots-'))
const cloud = await startLaptop({ stateDirectory, port: 0, onProgress: (line) => console.log(line) })
try {
  const { host, port, database, admin } = cloud.database
  const access = { host, port, database, user: admin.username, password: admin.password }
  await fillShop(access, { orders: 20_000 })
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const options = { endpoint: cloud.endpointUrl, region: cloud.region, credentials }
  const carryout = createCarryout({ stackName: 'Carryout' }, options)
  const shop = await serveShop({ carryout, database: access, port: 0, slowSeconds: SLOW_SECONDS })
  const connection = await createConnection(access)
  for (const [name, locale, requestedBy] of [
    ['shop-light', 'en-GB', 'hanako@example.com'],
    ['shop-ja', 'ja-JP', 'taro@example.com'],
  ] as const) {
    const language = locale === 'ja-JP' ? 'ja' : 'en'
    const params = { from: '2026-10-01', to: '2027-01-01' }
    const ended = async (id: string) => {
      for await (const { status } of carryout.follow(id, { queued: true })) if (status === 'SUCCEEDED') return
    }
    await ended((await carryout.request({ export: 'orders', params, requestedBy, language })).id)
    await connection.query('LOCK TABLES order_items WRITE')
    const other = await carryout.request({ export: 'order-items', params: {}, requestedBy: 'emma@example.com' })
    for await (const { status } of carryout.follow(other.id, { queued: true })) if (status === 'RUNNING') break
    const context = await browser.newContext({ locale, viewport: VIEWPORT })
    await context.addCookies([{ name: 'person', value: encodeURIComponent(requestedBy), url: shop.url }])
    const page = await context.newPage()
    await page.goto(shop.url)
    await page.locator('#slow').click()
    await page.locator('carryout-download').getByRole('button').first().click()
    await page.locator('carryout-download[data-phase=waiting]').waitFor()
    await page.locator('carryout-downloads').getByRole('listitem').nth(1).waitFor()
    writeFileSync(join(FOLDER, `${name}.png`), withPalette(await page.screenshot()))
    console.log(`docs/element/${name}.png`)
    await context.close()
    await connection.query('UNLOCK TABLES')
    await ended(other.id)
  }
  await connection.end()
  await shop.close()
} finally {
  await browser.close()
  await cloud.stop()
  rmSync(stateDirectory, { recursive: true, force: true })
}
