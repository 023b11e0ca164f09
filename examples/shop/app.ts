/** The sample shop's admin: an ordinary web app with Carryout added to it. */
import type { Carryout } from '@carryout/client'
import { createDownloads } from '@carryout/client/web'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { setCookie } from 'hono/cookie'
import { csrf } from 'hono/csrf'
import { secureHeaders } from 'hono/secure-headers'
import type { Pool } from 'mysql2/promise'
import { newestOrders, ordersCsv, type Span } from './orders.ts'
import { FORMATS, ordersPage } from './page.ts'
import { sessionOf } from './people.ts'
import { STYLES } from './styles.ts'

export interface ShopOptions {
  carryout: Carryout
  database: Pool
  /** Seconds by which the old download is slowed down, because the sample's tables are small. */
  slowSeconds: number
}

const DAY = /^\d{4}-\d\d-\d\d$/
const SELF = ["'self'"]
/** Allows neither inline scripts nor inline styles, because the elements do not need them. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: SELF,
  styleSrc: SELF,
  connectSrc: SELF,
  imgSrc: ['data:'],
  formAction: SELF,
}

export async function createShop({ carryout, database, slowSeconds }: ShopOptions): Promise<Hono> {
  const script = await bundle()
  const app = new Hono()
  // A web app needs only this handler and the element on its page.
  const downloads = createDownloads({
    carryout,
    identify(request) {
      const { person, language } = sessionOf(request)
      return { user: person.email, language, timeZone: 'Asia/Tokyo' }
    },
  })
  app.all('/downloads/*', ({ req }) => downloads(req.raw))
  app.all('/downloads', ({ req }) => downloads(req.raw))

  app.use(secureHeaders({ contentSecurityPolicy: POLICY }))
  app.use(csrf())
  app.get('/', async (context) => {
    const span = spanOf(context.req.query())
    const format = FORMATS.find((each) => each === context.req.query('format')) ?? 'csv'
    const orders = await newestOrders(database, span)
    return context.html(await ordersPage({ session: sessionOf(context.req.raw), span, format, orders }))
  })
  app.get('/orders.csv', async (context) => {
    const csv = await ordersCsv(database, spanOf(context.req.query()), slowSeconds)
    return context.body(csv, 200, { 'content-type': 'text/csv; charset=utf-8' })
  })
  app.post('/session', async (context) => {
    const { person, language } = await context.req.parseBody()
    for (const [name, value] of Object.entries({ person, language })) {
      setCookie(context, name, String(value), { httpOnly: true, sameSite: 'Lax', path: '/' })
    }
    return context.redirect('/', 303)
  })
  app.get('/shop.css', (context) => context.body(STYLES, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/shop.js', (context) => context.body(script, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
  return app
}

/** The period that the request asks for; by default the sample's year. */
function spanOf({ from = '', to = '' }: Record<string, string>): Span {
  return { from: DAY.test(from) ? from : '2026-01-01', to: DAY.test(to) ? to : '2027-01-01' }
}

/** Bundles the page's script, as a web app's own build would do. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${import.meta.dirname}/browser.ts`],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    write: false,
  })
  return outputFiles[0]!.text
}
