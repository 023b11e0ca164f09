/** Adapts a fetch handler to a Lambda function behind a function URL or an HTTP API (payload format 2.0). */
import type { DownloadsHandler } from './downloads.ts'

/** The fields of the event that are read. https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html */
export interface HttpEvent {
  rawPath: string
  rawQueryString: string
  cookies?: string[] | undefined
  headers: Record<string, string | undefined>
  body?: string | undefined
  isBase64Encoded: boolean
  requestContext: { http: { method: string } }
}

/** The response format of function URLs and HTTP APIs. */
export interface HttpResult {
  statusCode: number
  headers: Record<string, string>
  body: string
}

/**
 * For `export const handler = toLambdaHandler(downloads)`. Responses are sent as a whole, so pass `stream: false` to
 * `createDownloads`. `identify` gets the event as its second parameter.
 */
export function toLambdaHandler<Event extends HttpEvent>(
  handler: DownloadsHandler<Event>,
): (event: Event) => Promise<HttpResult> {
  return async (event) => {
    if (typeof event.rawPath !== 'string') throw new TypeError(OTHER_FORMAT)
    const request = readRequest(event)
    const response = request ? await handler(request, event) : new Response(null, { status: 400 })
    const body = request?.method === 'HEAD' ? '' : await response.text()
    return { statusCode: response.status, headers: Object.fromEntries(response.headers), body }
  }
}

const OTHER_FORMAT =
  'toLambdaHandler needs events in payload format 2.0, from a function URL or an HTTP API. This one has no rawPath: set the integration’s payloadFormatVersion to 2.0.'

/**
 * Returns undefined if fetch cannot represent the request, for example a TRACE, or a header with invalid characters.
 */
function readRequest(event: HttpEvent): Request | undefined {
  try {
    return toRequest(event)
  } catch {
    return undefined
  }
}

function toRequest(event: HttpEvent): Request {
  const { method } = event.requestContext.http
  const headers = new Headers()
  for (const [name, value] of Object.entries(event.headers)) if (value !== undefined) headers.set(name, value)
  if (event.cookies) headers.set('cookie', event.cookies.join('; '))
  const query = event.rawQueryString === '' ? '' : `?${event.rawQueryString}`
  const url = new URL(`http://localhost${event.rawPath}${query}`)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(url, { method, headers, ...(hasBody && { body: bodyOf(event) }) })
}

function bodyOf({ body = '', isBase64Encoded }: HttpEvent): string {
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
}
