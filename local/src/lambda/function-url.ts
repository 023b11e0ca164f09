/**
 * Function URLs (payload format 2.0): converts an HTTP request to an event, and the result to a response.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { CREDENTIALS } from '../identity.ts'
import { AwsError, type Handler } from '../protocol.ts'
import type { FunctionDefinition } from './definition.ts'
import type { Lambda, UrlAuthType } from './port.ts'

const PATH = /^\/lambda-url\/([^/?]+)([^?]*)/
const REQUEST_BYTES = 6 * 1024 * 1024
/** Other types reach the function in base64. */
const TEXT = /^(text\/|application\/(.+\+)?(json|xml)|application\/javascript|application\/x-www-form-urlencoded)/

export function functionUrls(options: {
  lambda: Pick<Lambda, 'invoke' | 'getFunction'>
  accountId: string
  /** Whether the function's policy allows anyone to call its URL. */
  mayInvoke?: ((definition: FunctionDefinition) => boolean) | undefined
}) {
  const { lambda, accountId, mayInvoke = () => true } = options
  const urls = new Map<string, { name: string; authType: UrlAuthType }>()

  const handler: Handler = async (request, response) => {
    try {
      const [, id = '', path = ''] = PATH.exec(request.url ?? '') ?? []
      const url = urls.get(id)
      if (!url) return send(response, 404, { Message: 'Not Found' })
      if (url.authType === 'AWS_IAM' && !isSigned(request)) return send(response, 403, { Message: 'Forbidden' })
      if (url.authType === 'NONE' && !mayInvoke(lambda.getFunction(url.name))) {
        return send(response, 403, { Message: 'Forbidden' })
      }
      const body = await buffer(request)
      if (body.length > REQUEST_BYTES) return send(response, 413, { Message: 'Request Entity Too Large' })
      const event = eventOf(request, {
        id,
        path: path === '' ? '/' : path,
        body,
        account: url.authType === 'NONE' ? 'anonymous' : accountId,
      })
      const { payload, functionError } = await lambda.invoke(url.name, JSON.stringify(event))
      if (functionError) return sendText(response, 502, 'Internal Server Error')
      respond(response, JSON.parse(payload), payload)
    } catch (error) {
      if (error instanceof AwsError) send(response, error.status, { Message: error.message })
      // Node refused the function's status or one of its headers.
      else sendText(response, 502, 'Internal Server Error')
    }
  }

  return {
    handler,
    add(id: string, url: { name: string; authType: UrlAuthType }) {
      urls.set(id, url)
    },
  }
}

/** Like the other local services, it trusts a known access key: whoever reaches the port is the laptop's user. */
function isSigned(request: IncomingMessage): boolean {
  const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1]
  return key !== undefined && CREDENTIALS.has(key)
}

function eventOf(
  request: IncomingMessage,
  { id, path, body, account }: { id: string; path: string; body: Buffer; account: string },
) {
  const { search, searchParams } = new URL(request.url ?? '/', 'http://localhost')
  const { cookie, ...others } = request.headers
  const headers = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]),
  )
  const query = [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name).join(',')])
  const text = TEXT.test(headers['content-type'] ?? '')
  const time = new Date()
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: search.slice(1),
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: {
      ...headers,
      'x-forwarded-proto': 'http',
      'x-forwarded-for': request.socket.remoteAddress ?? '127.0.0.1',
    },
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    requestContext: {
      accountId: account,
      apiId: id,
      domainName: headers.host ?? '',
      domainPrefix: id,
      http: {
        method: request.method,
        path: path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: clfTime(time),
      timeEpoch: time.getTime(),
    },
    ...(body.length > 0 && { body: text ? body.toString() : body.toString('base64') }),
    isBase64Encoded: body.length > 0 && !text,
  }
}

/** `12/Mar/2020:19:03:58 +0000` */
function clfTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(time.toUTCString()) ?? []
  return `${day}/${month}/${year}:${clock} +0000`
}

interface Response {
  statusCode: number
  headers?: Record<string, string | number | boolean>
  cookies?: string[]
  body?: string
  isBase64Encoded?: boolean
}

/** Sends a result. One without a status code is the body of a 200. */
function respond(response: ServerResponse, result: unknown, json: string) {
  if (!isResponse(result)) {
    const bytes = Buffer.from(typeof result === 'string' ? result : json)
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length }).end(bytes)
    return
  }
  const bytes = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8')
  const headers = new Headers({ 'content-type': 'application/json' })
  for (const [name, value] of Object.entries(result.headers ?? {})) headers.set(name, String(value))
  headers.set('content-length', String(bytes.length))
  const cookies = result.cookies ?? []
  response.writeHead(result.statusCode, {
    ...Object.fromEntries(headers),
    ...(cookies.length > 0 && { 'set-cookie': cookies }),
  })
  response.end(bytes)
}

function isResponse(result: unknown): result is Response {
  return typeof result === 'object' && result !== null && Number.isInteger((result as Partial<Response>).statusCode)
}

function send(response: ServerResponse, status: number, body: object) {
  sendText(response, status, JSON.stringify(body))
}

function sendText(response: ServerResponse, status: number, text: string) {
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text)
}
