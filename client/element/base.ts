/** The base class of both custom elements. */
import { make } from './panel.ts'
import { STYLES } from './styles.ts'
import { others, type Speech, speechOf, type Texts } from './texts.ts'

/** A server that renders the page has no custom elements. Importing this module there has no effect. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement
/**
 * Announcements already made to screen readers, so that a button and a list on one page announce the same thing once.
 */
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

  /** Makes a store from the attributes. @returns a function that unsubscribes from it */
  protected abstract open(render: () => void): () => void
  protected abstract render(): void

  /** Uses a constructed style sheet, which a content security policy without 'unsafe-inline' allows. */
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

  /**
   * Announces a change to screen readers. @param key identifies the change, so that it is announced once. @param text
   * empty if it need not be announced
   */
  protected announce(key: string, text: string | null | undefined) {
    if (text && !told.has(key)) this.#live.textContent = text
    told.add(key)
  }

  /** Redraws, and moves the focus from a button that disappeared to what replaced it. */
  #draw() {
    const { load } = others
    if (load && this.speech.language === 'ja') {
      // Without the texts, English is better than nothing.
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
    if (!active || active.checkVisibility()) return
    const next = [...this.shadow.querySelectorAll<HTMLElement>('a,button')].find((each) => each.checkVisibility())
    next?.focus()
  }
}
