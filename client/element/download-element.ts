/** `<carryout-download>`: one button, from the forecast to the file. */
import { CarryoutElement } from './base.ts'
import { createDownload, type DownloadState, type DownloadStore } from './download-store.ts'
import { createPanel, make, say } from './panel.ts'
import { foresee } from './sentences.ts'

const WISHED = ['export', 'format', 'compression', 'encoding']

/** Fires `carryout-change` at every change, with the `DownloadState` as detail. */
export class CarryoutDownload extends CarryoutElement {
  static readonly observedAttributes = [...WISHED, 'params', 'src']
  #store: DownloadStore | undefined
  readonly #label = make('slot', '')
  readonly #busy = make('span', '')
  readonly #button = make('button', 'button', this.#label, this.#busy)
  readonly #expected = make('span', 'expected')
  readonly #problem = make('span', 'problem')
  readonly #panel = createPanel({
    cancel: () => this.#store?.cancel(),
    again: () => {
      if (this.#store?.getState().phase === 'ready') this.#store.request({ fresh: true })
      else this.#store?.again()
    },
  })
  readonly #row = make('div', '', this.#button, this.#expected, this.#panel.root, this.#problem)

  constructor() {
    super()
    this.#row.className = 'row'
    this.#expected.className = 'text'
    this.#button.onclick = () => this.#store?.request()
    this.shadow.append(this.#row)
    // What the page set before the element was defined hides the accessor.
    const { params } = this
    delete (this as { params?: unknown }).params
    this.params = params
  }

  /** An object such as `{ from: '2026-01-01' }`, or its JSON; the attribute is always JSON. */
  get params(): string | null {
    return this.getAttribute('params')
  }

  set params(value: string | object | null) {
    const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value
    if (text === null) this.removeAttribute('params')
    else if (text !== this.params) this.setAttribute('params', text)
  }

  get store(): DownloadStore | undefined {
    return this.#store
  }

  protected open(render: () => void) {
    let params: unknown
    try {
      params = JSON.parse(this.params || '{}')
    } catch {}
    if (typeof params !== 'object' || params === null) {
      this.#store = undefined
      return () => undefined
    }
    const { language } = this.speech
    this.#store = createDownload({
      src: this.src,
      language,
      ...(Object.fromEntries(WISHED.map((name) => [name, this.getAttribute(name) || undefined])) as { export: string }),
      params: params as Record<string, unknown>,
    })
    return this.#store.subscribe(() => {
      render()
      this.dispatchEvent(
        new CustomEvent('carryout-change', { detail: this.#store?.getState(), bubbles: true, composed: true }),
      )
    })
  }

  protected render() {
    const { speech } = this
    const { texts } = speech
    const state = this.#store?.getState()
    const { phase, download, expected, outcome, problem, isOffline } = state ?? ({} as Partial<DownloadState>)
    this.dataset.phase = phase ?? 'idle'
    const isBusy = phase === 'requesting'
    const isShown = download != null && !isBusy
    // The page's own label, if any, is in the slot.
    say(this.#label, texts.download)
    this.#label.hidden = isBusy
    say(this.#busy, isBusy ? texts.requesting : null)
    this.#button.hidden = isShown && download.error?.retryable !== false
    this.#button.ariaDisabled = String(isBusy)
    say(this.#expected, !isShown && expected && !isBusy ? foresee(expected, speech) : null)
    this.#panel.root.hidden = !isShown
    const trouble = isOffline ? texts.offline : state ? problem : texts.badParams
    say(this.#problem, trouble)
    this.announce(`${phase} ${trouble}`, trouble)
    if (!isShown) {
      if (isBusy) this.announce(String(Date.now()), texts.requesting)
      return
    }
    const news = (outcome === 'joined' && !download.endedAt) || (outcome === 'finished' && phase === 'ready')
    const title = download.title ?? download.export
    const sentence = this.#panel.update(download, this.src, speech, title, news ? texts[outcome] : '')
    this.announce(`${download.id} ${download.status}`, `${title}: ${texts.status[download.status]}. ${sentence}`)
  }
}
