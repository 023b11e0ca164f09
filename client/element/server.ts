/** Calls of the web app's handler, which `contract.ts` describes. */

/**
 * What a call ends with that was not answered as it should be. Where `status` is undefined nobody answered, or only a server
 * that is not well: it is worth asking again. Otherwise the message is the handler's, for the reader.
 */
export interface Failure extends Error {
  status?: number | undefined
  /** When to ask again, as the server wishes. */
  seconds?: number | undefined
}

export interface Answer<Body> {
  body: Body
  /** Until it is worth asking again; 0 where nothing more comes. */
  seconds: number
}

/**
 * The browser's own cache sends the ETag and makes a 304 a 200 again.
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
    // A page in place of JSON is a proxy's, or of a session that has ended.
    const answer = await response.json()
    if (response.ok) return { body: answer, seconds }
    // Of 500, too, the handler gives a sentence.
    if (response.status < 501) status = response.status
    message = answer.error.message
  } catch {}
  throw Object.assign(new Error(message), { status, seconds })
}
