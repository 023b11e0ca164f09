/** The options of `createDownloads`. */
import type { Language } from '../../statemachine/request.ts'
import type { Carryout } from '../carryout.ts'

/** The signed-in user, according to the app's session. */
export interface Identity {
  /**
   * The e-mail address. It becomes the request's `requestedBy`, receives the mails, and determines whose downloads are
   * shown.
   */
  user: string
  /** Language of messages, headings and mails; the browser's by default. */
  language?: Language | undefined
  /** Time zone of times in mails, such as `Asia/Tokyo`; the stack's by default. */
  timeZone?: string | undefined
}

/** What a user wants to request. */
export interface Wish {
  user: string
  export: string
  params: Record<string, unknown>
}

/**
 * @typeParam Native what the host passes in addition to the request: Express's or Fastify's request, Hono's context, …
 */
export interface DownloadsOptions<Native = unknown> {
  carryout: Carryout
  /**
   * Returns the signed-in user; null or undefined if nobody is signed in. It must trust only the session, not what the
   * page sends.
   */
  identify(request: Request, native: Native): Identity | null | undefined | Promise<Identity | null | undefined>
  /**
   * Whether the user may request this: true, false, or a sentence in their language that says why not. Everything is
   * allowed by default.
   */
  allow?(wish: Wish): boolean | string | Promise<boolean | string>
  /** Where the handler is mounted: `/downloads` by default. */
  base?: string
  /** The maximum number of downloads of one user that wait or run; 10 by default. */
  pendingLimit?: number
  /** Whether to use server-sent events; true by default. False if the host cannot stream; pages then poll. */
  stream?: boolean
  /**
   * The app's own origins, such as `https://shop.example.com`, if a proxy in front of it changes the Host header. Used
   * only for browsers that do not send Sec-Fetch-Site.
   */
  origins?: readonly string[]
  /** Called with errors that were answered with 500 or 503; `console.error` by default. */
  onError?(error: unknown): void
}

const KNOWN = ['carryout', 'identify', 'allow', 'base', 'pendingLimit', 'stream', 'origins', 'onError']

/** @throws TypeError naming what is wrong */
export function checkOptions(options: DownloadsOptions<never>): void {
  const unknown = Object.keys(options).filter((name) => !KNOWN.includes(name))
  if (unknown.length > 0)
    throw new TypeError(`createDownloads does not know ${unknown.join(', ')}. It knows ${KNOWN.join(', ')}.`)
  if (!options.carryout) throw new TypeError('createDownloads needs carryout: what createCarryout returned.')
  if (typeof options.identify !== 'function')
    throw new TypeError('createDownloads needs identify: a function that returns the signed-in user.')
  for (const name of ['allow', 'onError'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function.`)
  const { base = '/downloads', pendingLimit = 1, origins = [] } = options
  if (!Array.isArray(origins) || !origins.every(isOrigin))
    throw new TypeError(
      'origins must be a list of origins such as https://shop.example.com, without a slash at the end.',
    )
  if (!/^(\/[^/?#]+)+$/.test(base))
    throw new TypeError(`base must be a path such as /downloads, without a slash at its end, not ${base}.`)
  if (!Number.isInteger(pendingLimit) || pendingLimit < 1)
    throw new TypeError(`pendingLimit must be a whole number of at least 1, not ${pendingLimit}.`)
}

function isOrigin(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value
}

/**
 * Checks that there is a user. Downloads belong to users, so without one everybody's would be the caller's.
 *
 * @throws TypeError for the app's developer
 */
export function checkIdentity({ user }: Identity): void {
  if (typeof user !== 'string' || user.trim() === '')
    throw new TypeError('identify must return { user }, the user’s e-mail address, or null if nobody is signed in.')
}
