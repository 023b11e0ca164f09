/** An error's name that a narrow screen may break only between its words. */
import { html } from 'hono/html'
import type { Markup } from './page.ts'

const WORD_START = /(?<=[a-z.])(?=[A-Z])/

export function errorName(name: string): Markup {
  const words = name.split(WORD_START).map((word, index) => (index === 0 ? word : html`<wbr>${word}`))
  return html`<code class="name">${words}</code>`
}
