/** A web app on loopback: its page has the elements, and its downloads are what a test makes of them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { type DownloadView, type Expectation, type Outcome, OVER } from '../../../client/web/contract.ts'

/** The time of the pages. */
export const NOW = '2026-11-30T06:00:00Z'
const TYPES = { js: 'text/javascript', html: 'text/html', json: 'application/json' } as const

type Response = Partial<{ status: number; type: keyof typeof TYPES; body: unknown; retryAfter: number }>

/** @returns a download of the export `orders`; one that is over has ended now */
export function view(status: DownloadView['status'], change: Partial<DownloadView> = {}): DownloadView {
  return {
    ...{ id: 'orders-1', export: 'orders', title: 'Orders', format: 'csv', params: {}, status, paused: false },
    ...{ requestedAt: NOW, endedAt: OVER.includes(status) ? NOW : null, expectedStartAt: null, expectedReadyAt: null },
    ...{ position: status === 'waiting' ? 2 : null, rows: null, expectedRows: null, bytes: null, error: null },
    file: status === 'ready' ? { name: 'orders.csv', bytes: 2_000, availableUntil: null } : null,
    ...change,
  }
}

/** The handler of `contract.ts` in small, and the app's own page at `/`. */
export class WebPart {
  /** Newest first. A request adds one that waits, unless `outcome` says that there is one. */
  downloads: DownloadView[] = []
  outcome: Outcome = 'requested'
  expectation: Omit<Expectation, 'export'> = { seconds: 120, bytes: 5_000_000, waiting: 2 }
  /** Answers every call instead: a refusal with its sentence, or no response at all. */
  trouble: { status: number; message: string } | 'unreachable' | undefined
  /** Each call of the handler, such as `POST /downloads/orders-1/cancel`, with the body if it has one. */
  called: string[] = []
  /** The languages that the calls asked for. */
  readonly languages = new Set<string>()
  /** Scripts that the page loaded. */
  readonly loaded: string[] = []
  readonly #html: string
  readonly #modules: Record<string, string | undefined>
  readonly #server = createServer((request, response) => void this.#respond(request, response))
  #open: Promise<void> | undefined

  constructor(html: string, modules: Record<string, string | undefined>) {
    this.#html = html
    this.#modules = modules
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  /** Keeps the calls waiting. @returns a function that lets them go on */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#open = promise
    return resolve
  }

  /** @returns the calls since the last time */
  takeCalls(): string[] {
    return this.called.splice(0)
  }

  async #respond(request: IncomingMessage, response: ServerResponse) {
    const url = request.url!
    const [, name] = /^\/(\w+\.js)$/.exec(url) ?? []
    let answer: Response
    if (url === '/') answer = { type: 'html', body: this.#html }
    else if (name) {
      this.loaded.push(name)
      const body = this.#modules[name]
      answer = body === undefined ? { status: 404 } : { type: 'js', body }
    } else {
      const sent = await text(request)
      this.called.push([request.method, url, sent !== '{}' && sent].filter(Boolean).join(' '))
      this.languages.add(request.headers['accept-language']!)
      await this.#open
      if (this.trouble === 'unreachable') return response.destroy()
      const { status, message } = this.trouble ?? {}
      answer = status ? { status, body: { error: { message } } } : this.#route(`${request.method} ${url}`, sent)
    }
    const { status = 200, type = 'json', body = '', retryAfter } = answer
    response.writeHead(status, {
      'content-type': `${TYPES[type]}; charset=utf-8`,
      'cache-control': 'no-store',
      ...(retryAfter && { 'retry-after': String(retryAfter) }),
    })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #route(call: string, sent: string): Response {
    const [method, url] = call.split(' ') as [string, string]
    const { pathname, searchParams } = new URL(url, 'http://localhost')
    const [, id, action] = pathname.split('/').slice(1)
    if (id === 'expect') return { body: { export: searchParams.get('export'), ...this.expectation } }
    if (id === undefined)
      return { body: method === 'POST' ? this.#request(JSON.parse(sent)) : this.#list(searchParams) }
    const found = this.downloads.find((each) => each.id === id)
    if (!found) return { status: 404, body: { error: { message: 'Download not found.' } } }
    if (action === 'again') return { body: this.#request(found) }
    if (action === 'file') return { status: 410, body: { error: { message: 'The file is gone.' } } }
    if (action === 'cancel') this.change(view('cancelled', { id }))
    return { body: this.downloads.find((each) => each.id === id), retryAfter: OVER.includes(found.status) ? 0 : 3 }
  }

  #request({ export: name }: { export: string }) {
    if (this.outcome === 'requested') {
      const id = `${name}-${this.downloads.length + 1}`
      this.downloads.unshift(view('waiting', { id, export: name }))
    }
    return { outcome: this.outcome, download: this.downloads[0] }
  }

  #list(query: URLSearchParams) {
    const from = Number(query.get('after'))
    const to = from + Number(query.get('limit'))
    return { downloads: this.downloads.slice(from, to), next: to < this.downloads.length ? String(to) : null }
  }

  /** Replaces the download with the same id. */
  change(download: DownloadView) {
    this.downloads = this.downloads.map((each) => (each.id === download.id ? download : each))
  }
}
