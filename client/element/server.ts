/** Calls of the web app's handler, which `contract.ts` describes. */
import type { DownloadProblem } from '../web/contract.ts'

/** The handler said no, in a sentence for the reader; asking again changes nothing. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, name: string, message: string) {
    super(message)
    this.name = name
    this.status = status
  }
}

/** Nobody answered, or only a server that is not well: it is worth asking again. */
export class Unreachable extends Error {
  /** As the server asked for. */
  readonly seconds: number | undefined

  constructor(seconds?: number) {
    super('Unreachable')
    this.seconds = seconds
  }
}

export interface Answer<Body> {
  body: Body
  /** Until it is worth asking again; null where nothing more comes. */
  seconds: number | null
}

/**
 * The browser's own cache sends the ETag and makes a 304 a 200 again.
 *
 * @param body makes it a POST
 * @throws Refused or Unreachable
 */
export async function call<Body>(url: string, language: string, body?: object): Promise<Answer<Body>> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': language }
  const init: RequestInit = { headers, cache: 'no-cache', credentials: 'same-origin' }
  if (body) {
    headers['content-type'] = 'application/json'
    Object.assign(init, { method: 'POST', body: JSON.stringify(body) })
  }
  let response: Response
  try {
    response = await fetch(url, init)
  } catch {
    throw new Unreachable()
  }
  const { status, ok } = response
  const after = response.headers.get('retry-after')
  const seconds = after === null ? null : Number(after)
  const answer = await response.json().catch(() => null)
  if (ok && answer) return { body: answer as Body, seconds }
  // A page in place of JSON is a proxy's, or of a session that has ended.
  if (status > 500 || (ok && !answer)) throw new Unreachable(seconds ?? undefined)
  const { name = '', message = `HTTP ${status}` } = (answer as DownloadProblem | null)?.error ?? {}
  throw new Refused(status, name, message)
}
