/** What a page of a web app does with the handler, over HTTP. */
import type { DownloadView, Expectation, Requested } from '../../../client/web/contract.ts'

const PATIENCE_MILLIS = 60_000
const QUARTER = { from: '2026-01-01', to: '2026-04-01' }

export class Page {
  readonly #base: string
  readonly #headers: Record<string, string>
  readonly cookie: string | null

  /** @param cookie null where nobody is signed in */
  constructor(base: string, cookie: string | null, headers: Record<string, string> = {}) {
    this.#base = base
    this.cookie = cookie
    this.#headers = { ...(cookie !== null && { cookie: `session=${cookie}` }), ...headers }
  }

  get(path = '', headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#base}${path}`, { headers: { ...this.#headers, ...headers }, redirect: 'manual' })
  }

  post(path = '', body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> {
    const own = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
    return fetch(`${this.#base}${path}`, {
      method: 'POST',
      headers: { ...this.#headers, ...own, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }

  async request(change: Record<string, unknown> = {}): Promise<Requested> {
    const response = await this.post('', { export: 'orders', params: QUARTER, ...change })
    const body = await response.text()
    if (response.status !== 202) throw new Error(`${response.status} ${body}`)
    return JSON.parse(body) as Requested
  }

  async view(id: string): Promise<DownloadView> {
    return (await (await this.get(`/${id}`)).json()) as DownloadView
  }

  /** Polls as `Retry-After` says, but sooner. */
  async until(id: string, isThere: (view: DownloadView) => boolean): Promise<DownloadView> {
    const end = Date.now() + PATIENCE_MILLIS
    for (;;) {
      const view = await this.view(id)
      if (isThere(view)) return view
      // Before the test's own time is over, so that what it holds is let go.
      if (Date.now() > end) throw new Error(`The download is still ${JSON.stringify(view)}`)
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }

  /** Waits until there is one, because the record of past runs is a few seconds old. */
  async expectation(exportName: string): Promise<Expectation> {
    for (;;) {
      const expectation = (await (await this.get(`/expect?export=${exportName}`)).json()) as Expectation
      if (expectation.seconds !== null) return expectation
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }

  /** The views of all events, until the server ends the stream. */
  async events(id: string): Promise<DownloadView[]> {
    const response = await this.get(`/${id}`, { accept: 'text/event-stream' })
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) throw new Error('no stream of events')
    const events = (await response.text()).split('\n\n').filter((event) => event.startsWith('event: download\n'))
    return events.map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as DownloadView)
  }
}
