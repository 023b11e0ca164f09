/** What both custom elements have in common. */
import { make } from './panel.ts'
import { STYLES } from './styles.ts'
import { others, type Speech, speechOf, type Texts } from './texts.ts'

/** Where a server renders the page, nothing is defined and the import does no harm. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement
/** What screen readers have been told: a button and a list on one page tell the same only once. */
const told = new Set<string>()

export abstract class CarryoutElement extends Base {
  readonly #live = make('span', '')
  #leave: (() => void) | undefined
  #observer: MutationObserver | undefined
  protected readonly shadow: ShadowRoot

  constructor() {
    super()
    this.shadow = this.attachShadow({ mode: 'open' })
    this.adopt(STYLES)
    this.#live.role = 'status'
    this.shadow.append(this.#live)
  }

  /** Makes a store of the attributes. @returns what stops listening to it */
  protected abstract open(render: () => void): () => void
  protected abstract render(): void

  /** A constructed sheet, so that a policy without 'unsafe-inline' allows it. */
  protected adopt(styles: string) {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(styles)
    this.shadow.adoptedStyleSheets.push(sheet)
  }

  connectedCallback() {
    this.#restart()
    this.#observer = new MutationObserver(() => this.#draw())
    this.#observer.observe(document, { subtree: true, attributeFilter: ['lang'] })
  }

  disconnectedCallback() {
    this.#leave?.()
    this.#leave = undefined
    this.#observer?.disconnect()
  }

  attributeChangedCallback() {
    if (this.#leave) this.#restart()
  }

  #restart() {
    this.#leave?.()
    this.#leave = this.open(() => this.#draw())
    this.#draw()
  }

  protected get src(): string {
    return (this.getAttribute('src') ?? '/downloads').replace(/\/$/, '')
  }

  protected get speech(): Speech {
    let node: Node | null = this
    while (node) {
      const lang = (node as Element).closest?.('[lang]')?.getAttribute('lang')
      if (lang) return speechOf(lang)
      node = (node.getRootNode() as ShadowRoot).host
    }
    return speechOf(navigator.language)
  }

  /** @param key of what has changed: each is told once. @param text nothing where it needs not be told any more */
  protected announce(key: string, text?: string) {
    if (text && !told.has(key)) this.#live.textContent = text
    told.add(key)
  }

  /** Whoever has pressed a button that is gone goes on with what has come in its place. */
  #draw() {
    const { load } = others
    if (load && this.speech.language === 'ja') {
      // Better in English than not at all.
      const settle = (module: { ja?: Texts }) => {
        others.ja = module.ja
        others.load = undefined
        this.#draw()
      }
      load().then(settle, settle)
      return
    }
    const active = this.shadow.activeElement as HTMLElement | null
    this.render()
    if (!active || (active.isConnected && active.checkVisibility())) return
    const next = [...this.shadow.querySelectorAll<HTMLElement>('a,button')].find((each) => each.checkVisibility())
    next?.focus()
  }
}
