/** Adapts a fetch handler to Node's requests and responses, as used by Express and Fastify. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { DownloadsHandler } from './downloads.ts'

/** Express's additions to a request: the path before it was cut for a mount, and a parsed body. */
type NodeRequest = IncomingMessage & { originalUrl?: string; body?: unknown }

/**
 * For Express's `app.use('/downloads', toNodeHandler(downloads))`, or `http.createServer`. Events are streamed, and end
 * when the client disconnects. `identify` gets Node's request as its second parameter.
 */
export function toNodeHandler<Native extends IncomingMessage>(
  handler: DownloadsHandler<Native>,
): (request: Native, response: ServerResponse) => Promise<void> {
  return async (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    const asked = readRequest(request, gone.signal)
    await write(asked ? await handler(asked, request) : new Response(null, { status: 400 }), response)
  }
}

/** Returns undefined if fetch cannot represent the request, such as a TRACE; Node accepts more. */
function readRequest(request: NodeRequest, signal: AbortSignal): Request | undefined {
  try {
    return toRequest(request, signal)
  } catch {
    return undefined
  }
}

function toRequest(request: NodeRequest, signal: AbortSignal): Request {
  const { method = 'GET', originalUrl, url = '/' } = request
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers)) {
    for (const each of [value ?? []].flat()) if (!name.startsWith(':')) headers.append(name, each)
  }
  const init = { method, headers, signal }
  // The Host header is not used here: it is only compared with the page's origin, and an invalid one must not throw.
  const absolute = new URL(`http://localhost${originalUrl ?? url}`)
  if (method === 'GET' || method === 'HEAD') return new Request(absolute, init)
  return new Request(absolute, { ...init, body: bodyOf(request), duplex: 'half' } as RequestInit)
}

/** Returns the body; one that a parser has already read is a value. */
function bodyOf(request: NodeRequest): string | Uint8Array | ReadableStream {
  const { body } = request
  if (body === undefined || !request.readableEnded) return Readable.toWeb(request) as unknown as ReadableStream
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}

async function write(answer: Response, response: ServerResponse): Promise<void> {
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  if (!answer.body || response.req?.method === 'HEAD') {
    await answer.body?.cancel()
    response.end()
    return
  }
  response.flushHeaders()
  try {
    await pipeline(Readable.fromWeb(answer.body as NodeReadableStream), response)
  } catch {
    // The client has gone, or the stream has failed: the pipeline has broken the response off.
  }
}
