/** Makes responses that are private to the caller and that browsers do not reinterpret. */

type HeadersLike = Headers | Record<string, string>

const HEADERS = { 'cache-control': 'private, no-cache', 'x-content-type-options': 'nosniff' }

export function json(
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: HeadersLike } = {},
): Response {
  const all = new Headers({ ...HEADERS, 'content-type': 'application/json; charset=utf-8' })
  for (const [name, value] of new Headers(headers)) all.set(name, value)
  return new Response(JSON.stringify(body), { status, headers: all })
}

/** Redirects to the file, without sending the page's URL as referrer. */
export function seeOther(location: string): Response {
  const headers = { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }
  return new Response(null, { status: 303, headers })
}

export function notModified(etag: string, headers: HeadersLike): Response {
  const all = new Headers({ ...HEADERS, etag })
  for (const [name, value] of new Headers(headers)) all.set(name, value)
  return new Response(null, { status: 304, headers: all })
}
