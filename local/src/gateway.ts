/**
 * The local cloud's only port. It selects the service by the credential scope of the signature, and refuses requests
 * that do not come from this machine.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Guard } from './iam/guard.ts'
import { AwsError, type Handler, sendError } from './protocol.ts'

export interface Gateway {
  readonly port: number
  /** `http://127.0.0.1:<port>`, the value of `AWS_ENDPOINT_URL`. */
  readonly endpointUrl: string
  /** By the service's name in a signature's credential scope: `sqs`, `states`, `secretsmanager`… */
  readonly services: Map<string, Handler>
  /** By path prefix (`/lambda-url/`); matched before any service. */
  readonly paths: Map<string, Handler>
  /** Called before a service handles a request; by default everything is allowed. */
  guard: Guard
  /** Accepts no further connections, gives open requests a moment to end, then closes them. */
  stop(): Promise<void>
}

/** The port is in use; the message names it and the option to choose another. */
export class PortInUse extends Error {
  constructor(port: number, options?: ErrorOptions) {
    super(
      `Port ${port} of 127.0.0.1 is in use, perhaps by another local cloud. Stop that, or choose another port with --port <n>.`,
      options,
    )
    this.name = 'PortInUse'
  }
}

const GRACE_MS = 500
const PAGES = '/_carryout/'

/**
 * Listens on 127.0.0.1 only.
 *
 * @param options.port 0 lets the system choose
 * @throws PortInUse
 */
export async function startGateway({ port }: { port: number }): Promise<Gateway> {
  const services = new Map<string, Handler>()
  const paths = new Map<string, Handler>()
  const gateway = { services, paths, guard: (async (_, request) => request) as Guard }
  const server = createServer(
    // A request may be an upload of gigabytes, and SDKs reuse connections as long as they are open. Headers arrive at
    // once, and the system notices a peer that is gone.
    {
      requestTimeout: 0,
      headersTimeout: 60_000,
      keepAliveTimeout: 60_000,
      keepAlive: true,
      keepAliveInitialDelay: 30_000,
    },
    (request, response) => void route(request, response, gateway),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new PortInUse(port, { cause: error }) : error),
    )
    server.listen(port, '127.0.0.1', resolve)
  })
  const actual = (server.address() as AddressInfo).port
  return Object.assign(gateway, {
    port: actual,
    endpointUrl: `http://127.0.0.1:${actual}`,
    stop: () =>
      new Promise<void>((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  })
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  gateway: Pick<Gateway, 'services' | 'paths' | 'guard'>,
) {
  try {
    refuseStrangers(request)
    if (isBrowserAtTheDoor(request)) return void response.writeHead(302, { location: PAGES }).end()
    const { handler, service } = handlerOf(request, gateway)
    const admitted = service === undefined ? request : await gateway.guard(service, request, response)
    if (service !== undefined) refuseUnsignedForm(service, request)
    if (admitted) await handler(admitted, response)
  } catch (error) {
    if (response.headersSent) response.destroy()
    else sendError(response, error)
  }
}

/** A browser that opens the printed address gets the pages, not the list of buckets, which needs a signature. */
function isBrowserAtTheDoor({ method, url, headers }: IncomingMessage): boolean {
  const isNavigation = method === 'GET' && (headers.accept ?? '').includes('text/html')
  return isNavigation && (url === '/' || url === PAGES.slice(0, -1)) && isPlainHost(hostnameOf(headers.host ?? ''))
}

/** @returns no service for the local cloud's own paths */
function handlerOf(
  request: IncomingMessage,
  { services, paths }: Pick<Gateway, 'services' | 'paths'>,
): { handler: Handler; service?: string } {
  const url = request.url ?? '/'
  // The path of a bucket's virtual host always belongs to S3.
  if (isPlainHost(hostnameOf(request.headers.host ?? ''))) {
    for (const [prefix, handler] of paths) if (url.startsWith(prefix)) return { handler }
  }
  const name = serviceOf(request)
  const handler = services.get(name)
  if (handler) return { handler, service: name }
  if (services.size === 0) throw new AwsError('ServiceUnavailable', 'The local cloud is still booting.', 503)
  throw new AwsError('UnknownService', `The local cloud has no service “${name}”: only ${[...services.keys()]}.`, 501)
}

/**
 * Returns the service of a request: from its signature's scope, in the header or (presigned) in the query. An unsigned
 * request can only be for an object, by a browser or curl.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function serviceOf(request: Pick<IncomingMessage, 'headers' | 'url'>): string {
  const header = /Credential=[^,\s]*\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '')
  if (header) return header[1] as string
  const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '').get('X-Amz-Credential')
  return query?.split('/')[3] ?? 's3'
}

/**
 * Refuses requests from web pages elsewhere, which could reach the local cloud by a name of their own that resolves to
 * 127.0.0.1 (DNS rebinding, where Host is that name) or by a cross-site request. Following a link in the browser is not
 * such a request.
 */
function refuseStrangers(request: IncomingMessage) {
  const { host = '', origin } = request.headers
  // Node uses the first of several Host headers; a proxy in front of it might use another.
  if ((request.headersDistinct.host ?? []).length > 1) {
    throw new AwsError('InvalidRequest', 'The request has more than one Host header.', 400)
  }
  if (!isLoopback(hostnameOf(host))) {
    throw new AwsError('AccessDenied', `The local cloud answers requests to this machine only, not to “${host}”.`, 403)
  }
  const crossSite = request.headers['sec-fetch-site'] === 'cross-site'
  const navigation = request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate'
  if ((origin !== undefined && !isLoopback(originHost(origin))) || (crossSite && !navigation)) {
    throw new AwsError('AccessDenied', 'The local cloud refuses requests of web pages on other hosts.', 403)
  }
}

/**
 * Refuses what a web page's form could send: without a signature it may do nothing, whatever service its URL selects.
 */
function refuseUnsignedForm(service: string, { method, headers, url = '' }: IncomingMessage) {
  const signed = headers.authorization !== undefined || /[?&](X-Amz-)?Signature=/.test(url)
  if (method !== 'POST' || signed || service === 's3') return
  throw new AwsError('MissingAuthenticationToken', 'The request is not signed.', 403)
}

/** Returns the host without its port; an IPv6 address keeps its brackets. */
function hostnameOf(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase()
}

function originHost(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : origin
}

function isPlainHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
}

function isLoopback(hostname: string): boolean {
  return isPlainHost(hostname) || hostname.endsWith('.localhost')
}
