/** What people and screen readers get from a page with the elements, whose time stands still. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext, Page } from 'playwright-core'
import { NOW } from './web-part.ts'

/** Everything is there within milliseconds, unless something is wrong. */
const PATIENCE_MILLIS = 10_000

declare global {
  interface Window {
    /** Lets the calls that are under way end, and what tabs tell each other arrive. */
    settled(): Promise<void>
    /** What was said to screen readers, in its order. */
    said: string[]
    /** The events of elements, as the document hears them: the id of the element, and the state. */
    heard: string[]
  }
}

/** Runs in the page before its own scripts. */
function prepare() {
  let calls = 0
  const { fetch } = window
  window.fetch = async (...call) => {
    calls++
    try {
      const response = await fetch(...call)
      const { status, headers } = response
      return new Response(await response.text(), { status, headers })
    } finally {
      calls--
    }
  }
  const [ear, mouth] = [new BroadcastChannel('settled'), new BroadcastChannel('settled')]
  const echo = () =>
    new Promise((resolve) => {
      ear.onmessage = resolve
      mouth.postMessage('')
    })
  window.settled = async () => {
    for (let quiet = 0; quiet < 3; quiet++) {
      await echo()
      if (calls > 0) quiet = 0
    }
  }
  window.said = []
  const { attachShadow } = Element.prototype
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init)
    const listen = (records: MutationRecord[]) => {
      for (const { target } of records) {
        if (target instanceof Element && target.role === 'status') window.said.push(target.textContent!)
      }
    }
    new MutationObserver(listen).observe(root, { subtree: true, childList: true })
    return root
  }
  window.heard = []
  document.addEventListener('carryout-change', ({ target, detail }: CustomEventInit & Event) =>
    window.heard.push(`${(target as Element).id} ${detail.phase}`),
  )
}

export class ElementPage {
  readonly page: Page
  /** Errors that nothing caught. */
  readonly errors: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('pageerror', ({ message }) => this.errors.push(message))
  }

  static async open(context: BrowserContext, url: string): Promise<ElementPage> {
    const opened = new ElementPage(await context.newPage())
    const { page } = opened
    page.setDefaultTimeout(PATIENCE_MILLIS)
    await page.clock.install({ time: Date.parse(NOW) - 3_600_000 })
    await page.clock.pauseAt(NOW)
    await page.addInitScript(prepare)
    await page.goto(url)
    return opened
  }

  async settle() {
    const stop = new AbortController()
    const never = sleep(PATIENCE_MILLIS, undefined, { signal: stop.signal }).then(() => {
      throw new Error('The page does not come to rest.')
    })
    await Promise.race([never, this.page.evaluate(() => window.settled())]).finally(() => stop.abort())
  }

  /** Has the elements ask the server now, as they do when the connection is back. */
  async look() {
    await this.page.evaluate(() => dispatchEvent(new Event('online')))
    await this.settle()
  }

  async pass(seconds: number) {
    await this.page.clock.runFor(seconds * 1000)
    await this.settle()
  }

  async click(name: string | RegExp) {
    const button = this.page.getByRole('button', { name, exact: true })
    // Nothing is waited for, so that a missing button is noticed at once.
    expect([name, await button.count()]).toEqual([name, 1])
    await button.click()
  }

  /** What is shown, as assistive technology sees it, without what was announced. */
  async shown(selector = 'main'): Promise<string> {
    const lines = (await this.page.locator(selector).ariaSnapshot()).split('\n')
    return lines
      .filter((line) => !/^\s*- (status|main)\b/.test(line))
      .map((line) => line.trim().slice(2))
      .join('\n')
  }

  /** @returns what was announced since the last time */
  announced(): Promise<string[]> {
    return this.page.evaluate(() => window.said.splice(0))
  }

  /** @returns the states of the events since the last time, each once */
  async events(): Promise<string[]> {
    return [...new Set(await this.page.evaluate(() => window.heard.splice(0)))]
  }

  /** @returns the attributes of each progress bar */
  progress() {
    const bars = this.page.getByRole('progressbar')
    return bars.evaluateAll((all) => all.map((bar) => [bar.getAttribute('value'), bar.getAttribute('max')]))
  }

  async selectText(part: string) {
    await this.page.locator(`[part=${part}]`).evaluate((element) => getSelection()!.selectAllChildren(element))
  }

  /** @returns the text that the user has selected in an element */
  selectedText(): Promise<string> {
    return this.page.evaluate(() => String(getSelection()))
  }

  /** @returns the part that has the focus, or the name of the element outside ours */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const inner = document.activeElement!.shadowRoot?.activeElement
      return inner ? inner.getAttribute('part')! : document.activeElement!.localName
    })
  }

  /** @returns the computed styles of the elements that the selector finds */
  styles(selector: string, property: string): Promise<string[]> {
    return this.page
      .locator(selector)
      .evaluateAll((all, name) => all.map((each) => getComputedStyle(each).getPropertyValue(name)), property)
  }
}
