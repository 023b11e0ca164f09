/** The sample shop's admin: a web app like any other, with Carryout added to it. */
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
  /** How much longer the old download takes than the sample's small tables need. */
  slowSeconds: number
}

const DAY = /^\d{4}-\d\d-\d\d$/
const SELF = ["'self'"]
/** Neither inline scripts nor inline styles: the elements need none. */
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
  // This and the element on the page are all that Carryout takes of a web app.
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

/** The sample's year where nothing else is asked for. */
function spanOf({ from = '', to = '' }: Record<string, string>): Span {
  return { from: DAY.test(from) ? from : '2026-01-01', to: DAY.test(to) ? to : '2027-01-01' }
}

/** As a web app's own build does it. */
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
