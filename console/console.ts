/**
 * The operator's console: a `fetch` handler that renders its pages on the server, so that every read and every action
 * works without JavaScript. It uses only the client library. Whoever mounts it decides who may use it.
 */
import type { OperatorClient } from '@carryout/client/operator'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { csrf } from 'hono/csrf'
import { secureHeaders } from 'hono/secure-headers'
import type { Operator } from './operator.ts'
import { actionRoutes } from './routes/actions.ts'
import { assetRoutes } from './routes/assets.ts'
import type { ConsoleEnvironment } from './routes/environment.ts'
import { errorPage, notAllowedPage, notFoundPage, tooLargePage } from './routes/errors.ts'
import { pageRoutes } from './routes/pages.ts'
import { prepareView } from './routes/view.ts'
import type { Section } from './view/page.ts'

export type { Operator }

export interface ConsoleOptions {
  carryout: OperatorClient
  /** The path where it is mounted, such as `/admin/downloads`; the root by default. */
  basePath?: string
  /**
   * Returns the operator who makes a request, or null if they may not. It is called for every request except those for
   * the style sheet and the script. By default everybody may, for use on one's own machine.
   */
  authorize?: (request: Request) => Operator | null | Promise<Operator | null>
  /** Disables all changes. False by default. */
  readOnly?: boolean
  /** An IANA name: the time zone of pages without the script; UTC by default. */
  timeZone?: string
  /** Whether the navigation links to the host's outbox page. */
  outbox?: boolean
}

export interface Console {
  fetch(request: Request): Response | Promise<Response>
}

/** The largest form: an SQS message has at most one megabyte, and encoding may triple it. */
const MOST_BYTES = 4 * 1024 * 1024

/**
 * Nothing may be loaded from elsewhere, and no page may frame the console. A mail in the outbox is shown in a frame
 * without permissions.
 */
const POLICY = {
  defaultSrc: ["'none'"],
  styleSrc: ["'self'"],
  scriptSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  frameSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
  frameAncestors: ["'none'"],
}

export function createConsole(options: ConsoleOptions): Console {
  const {
    basePath = '',
    readOnly = false,
    timeZone = 'UTC',
    outbox = false,
    authorize = () => ({ name: 'operator' }),
  } = options
  const base = basePath.replace(/\/+$/, '')
  const sections: Section[] = ['downloads', 'failures', 'queue', 'exports', ...(outbox ? (['outbox'] as const) : [])]
  const app = new Hono<ConsoleEnvironment>({ strict: false }).basePath(base === '' ? '/' : base)
  app.use(secureHeaders({ contentSecurityPolicy: POLICY, referrerPolicy: 'same-origin', xFrameOptions: 'DENY' }))
  app.route('/', assetRoutes())
  app.use(csrf())
  app.use(async (context, next) => {
    const operator = await authorize(context.req.raw)
    if (!operator) return notAllowedPage(context, base)
    context.set('operator', operator)
    context.set('carryout', options.carryout)
    context.set('view', await prepareView(context, { base, sections, readOnly, timeZone }))
    return await next()
  })
  app.use(bodyLimit({ maxSize: MOST_BYTES, onError: tooLargePage }))
  app.route('/', pageRoutes())
  if (!readOnly) app.route('/', actionRoutes())
  app.notFound(notFoundPage)
  app.onError(errorPage)
  return app
}
