/** Calls the web app's handler, whose routes are in `contract.ts`. */

/**
 * Thrown when a call failed. If `status` is undefined, there was no response or a temporary server error, and the call
 * is worth repeating. Otherwise the message is the handler's, for the user.
 */
export interface Failure extends Error {
  status?: number | undefined
  /** When to retry, if the server says so. */
  seconds?: number | undefined
}

export interface Answer<Body> {
  body: Body
  /** Seconds until it is worth asking again; 0 if nothing will change. */
  seconds: number
}

/**
 * Calls the handler. The browser's cache sends the ETag and turns a 304 back into a 200.
 *
 * @param body makes it a POST
 * @throws Failure
 */
export async function call<Body>(url: string, language: string, body?: object): Promise<Answer<Body>> {
  let status: number | undefined
  let seconds = 0
  let message = ''
  try {
    const response = await fetch(url, {
      cache: 'no-cache',
      headers: { 'accept-language': language, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    seconds = Number(response.headers.get('retry-after'))
    // HTML instead of JSON comes from a proxy, or means that the session has ended.
    const answer = await response.json()
    if (response.ok) return { body: answer, seconds }
    // The handler also sends a sentence with status 500.
    if (response.status < 501) status = response.status
    message = answer.error.message
  } catch {}
  throw Object.assign(new Error(message), { status, seconds })
}
