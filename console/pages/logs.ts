/** What the functions logged for one request. */
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

const MOST_LINES = 500

export async function logsPage(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const { texts: t, formats: f, base } = view
  const { startedAt } = await carryout.get(id)
  const lines = await carryout.logs(id, startedAt, MOST_LINES)
  const rows = lines.map(
    ({ at, group, message }) =>
      html`<tr><td>${f.time(at)}</td><td class="wide">${group.split('/').at(-1)}</td><td><code>${message}</code></td></tr>`,
  )
  return html`<p class="actions"><a class="button" href="${base}/executions/${id}">${t.back}</a></p>${rows.length === 0 ? html`<p class="empty">${t.noLogs}</p>` : html`<div class="scroll"><table><tbody>${rows}</tbody></table></div>`}`
}
