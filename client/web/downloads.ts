/** The web app's part as a fetch handler that can be mounted in any server. `contract.ts` has its routes. */
import { isCarryoutError } from '../errors.ts'
import { Call } from './call.ts'
import { checkIdentity, checkOptions, type DownloadsOptions } from './options.ts'
import { notFound, Problem } from './problem.ts'
import { again } from './routes/again.ts'
import { cancel } from './routes/cancel.ts'
import { expect } from './routes/expect.ts'
import { file } from './routes/file.ts'
import { list } from './routes/list.ts'
import { one } from './routes/one.ts'
import { request as requestDownload } from './routes/request.ts'
import { checkOrigin } from './same-origin.ts'
import { Site } from './site.ts'
import { languageOf, TEXTS } from './texts.ts'

/** @typeParam Native what `identify` gets in addition to the request */
export type DownloadsHandler<Native = unknown> = (request: Request, native?: Native) => Promise<Response>

type Route = (call: Call, id: string) => Promise<Response>

/** By method and the path after the base; `*` is an id. */
const ROUTES: Record<string, Record<string, Route>> = {
  '': { GET: list, POST: requestDownload },
  '/expect': { GET: expect },
  '/*': { GET: one },
  '/*/cancel': { POST: cancel },
  '/*/again': { POST: again },
  '/*/file': { GET: file },
}

const BUSY_SECONDS = '5'

/**
 * Makes the handler.
 *
 * ```ts
 * const downloads = createDownloads({ carryout, identify: async (request) => ({ user: (await sessionOf(request)).email
 * }) })
 * ```
 *
 * @returns a handler that answers every request with a response, and never throws
 * @throws TypeError if the options are not valid
 */
export function createDownloads<Native = unknown>(options: DownloadsOptions<Native>): DownloadsHandler<Native> {
  checkOptions(options)
  const site = new Site(options)
  return async (request, native) => {
    let language = languageOf(request.headers.get('accept-language'))
    try {
      const { route, id } = findRoute(request, site.base)
      if (request.method === 'POST') checkOrigin(request, options.origins ?? [])
      const identity = await options.identify(request, native as Native)
      if (!identity) throw new Problem(401, 'NotSignedIn', 'notSignedIn')
      checkIdentity(identity)
      if (identity.language && Object.hasOwn(TEXTS, identity.language)) language = identity.language
      return await route(new Call(site, request, { user: identity.user, language, timeZone: identity.timeZone }), id)
    } catch (error) {
      const problem = error instanceof Problem ? error : unexpected(error)
      if (problem !== error) site.report(error)
      return problem.toResponse(language)
    }
  }
}

/** @throws Problem 404 or 405 */
function findRoute({ url, method }: Request, base: string): { route: Route; id: string } {
  const { pathname } = new URL(url)
  if (pathname !== base && !pathname.startsWith(`${base}/`)) throw notFound()
  const path = pathname.slice(base.length).replace(/\/$/, '')
  const [, first = '', rest = ''] = /^\/([^/]*)(\/.*)?$/.exec(path) ?? []
  const routes = path === '' || path === '/expect' ? ROUTES[path] : ROUTES[`/*${rest}`]
  if (!routes) throw notFound()
  const name = method === 'HEAD' ? 'GET' : method
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined
  if (!route) throw new Problem(405, 'MethodNotAllowed', 'methodNotAllowed', { allow: Object.keys(routes).join(', ') })
  return { route, id: first }
}

/** Converts errors of AWS and of the app's own functions to a response. */
function unexpected(error: unknown): Problem {
  const isAws = error instanceof Error && ('$metadata' in error || '$response' in error || isNetwork(error))
  if (isAws) return new Problem(503, 'Unavailable', 'unavailable', { 'retry-after': BUSY_SECONDS })
  // For example, the stack does not exist.
  if (isCarryoutError(error)) return new Problem(503, 'Unavailable', 'unavailable', { 'retry-after': BUSY_SECONDS })
  return new Problem(500, 'Unavailable', 'broken')
}

function isNetwork(error: Error): boolean {
  return error.name === 'TimeoutError' || error.name === 'CredentialsProviderError' || /^E[A-Z]+$/.test(codeOf(error))
}

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : ''
}
