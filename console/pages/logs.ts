/** Shows what the functions logged for one request. */
import { type OperatorClient, readLogLine } from '@carryout/client/operator'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

const MOST_LINES = 500

export async function logsPage(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const { texts: t, formats: f, base } = view
  const { startedAt } = await carryout.get(id)
  const lines = await carryout.logs(id, startedAt, MOST_LINES)
  const rows = lines.map(
    ({ at, group, message }) =>
      html`<tr><td>${f.time(at)}</td><td class="wide">${group.split('/').at(-1)}</td><td class="full">${lineOf(message, id)}</td></tr>`,
  )
  const shortened = lines.length === MOST_LINES ? html`<p class="note">${t.logsShortened(f.count(MOST_LINES))}</p>` : ''
  return html`<p class="actions"><a class="button" href="${base}/executions/${id}">${t.back}</a></p>${shortened}${rows.length === 0 ? html`<p class="empty">${t.noLogs}</p>` : html`<div class="scroll" tabindex="0"><table class="logs stack"><tbody>${rows}</tbody></table></div>`}`
}

function lineOf(line: string, id: string): Markup {
  const read = readLogLine(line)
  if (!read) return html`<code>${line}</code>`
  const fields = Object.entries(read.fields).filter(([name, value]) => name !== 'requestId' || value !== id)
  const shown = fields.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return html`<code class="${read.level.toLowerCase()}">${read.level}</code> ${read.message} <code class="soft">${shown.join(' ')}</code>`
}
