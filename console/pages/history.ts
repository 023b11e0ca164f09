/** Shows people's actions: who, when, why. */
import type { Action } from '@carryout/client/operator'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

/** @param linksTo whether the result of an action is a download to link to */
export function historySection(view: View, actions: readonly Action[], linksTo?: 'downloads'): Markup {
  const { texts: t, formats: f, base } = view
  const rows = actions.map(({ at, by, reason, action, other, bulk }) => {
    const target =
      other === undefined
        ? bulk === undefined
          ? ''
          : html` → <a href="${base}/replays/${bulk}">${t.bulk.partOf(bulk)}</a>`
        : linksTo
          ? html` → <a href="${base}/executions/${other}">${other}</a>`
          : html` <code>${other}</code>`
    return html`<tr><td>${f.time(new Date(at))}</td><td>${t.actions[action] ?? action}${target}</td><td>${by || t.somebody}</td><td>${reason}</td></tr>`
  })
  return html`<h2>${t.history}</h2>${rows.length === 0 ? html`<p class="soft">${t.noHistory}</p>` : html`<div class="scroll" tabindex="0"><table><tbody>${rows}</tbody></table></div>`}`
}
