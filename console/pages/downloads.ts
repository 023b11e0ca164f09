/** The list of downloads, filtered and paged. */
import type { DownloadEntry, DownloadsQuery } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { DOWNLOAD_STATES, type DownloadState } from '../../statemachine/table.ts'
import type { Markup, View } from '../view/page.ts'

export interface DownloadsFilter {
  state?: string | undefined
  export?: string | undefined
  requester?: string | undefined
  error?: string | undefined
  since?: string | undefined
  until?: string | undefined
  cursor?: string | undefined
}

const PAGE = 50

export async function downloadsPage(carryout: OperatorClient, view: View, filter: DownloadsFilter): Promise<Markup> {
  const { downloads, cursor } = await carryout.downloads({ ...toQuery(filter), limit: PAGE })
  const { texts: t, base } = view
  const isFiltered = Object.values(filter).some((value) => value)
  const list =
    downloads.length === 0
      ? html`<p class="empty">${isFiltered ? t.noMatches : t.noDownloads}</p>`
      : downloadsTable(view, downloads)
  return html`${filterForm(view, filter)}${list}
<p class="actions">${filter.cursor ? html`<a class="button" href="${base}/?${search({ ...filter, cursor: undefined })}">${t.newest}</a>` : ''}
${cursor ? html`<a class="button" rel="next" href="${base}/?${search({ ...filter, cursor })}">${t.older}</a>` : ''}</p>`
}

/** @param columns left out where every row has the same */
export function downloadsTable(
  view: View,
  downloads: readonly DownloadEntry[],
  without: readonly string[] = [],
): Markup {
  const { texts: t, formats: f, base } = view
  const shows = (column: string) => !without.includes(column)
  const rows = downloads.map(
    (each) => html`<tr>
${shows('state') ? html`<td>${stateTag(view, each.state)}</td>` : ''}
<td><a href="${base}/executions/${each.id}">${each.id}</a></td>
<td>${each.export ?? ''}</td>
<td class="wide">${each.requestedBy ?? ''}</td>
<td>${f.time(new Date(each.requestedAt))}</td>
<td class="number">${each.rows === undefined ? '' : f.count(each.rows)}</td>
<td class="number wide">${each.bytes === undefined ? '' : f.size(each.bytes)}</td>
<td>${each.error ? html`<code>${each.error}</code>` : took(view, each)}</td></tr>`,
  )
  return html`<div class="scroll"><table><thead><tr>
${shows('state') ? html`<th scope="col">${t.state}</th>` : ''}<th scope="col">${t.id}</th><th scope="col">${t.exportName}</th><th scope="col" class="wide">${t.requester}</th>
<th scope="col">${t.requestedAt}</th><th scope="col" class="number">${t.rows}</th><th scope="col" class="number wide">${t.bytes}</th><th scope="col">${t.result}</th>
</tr></thead><tbody>${rows}</tbody></table></div>`
}

export function stateTag({ texts: t }: View, state: DownloadState): Markup {
  return html`<span class="tag ${state}">${t.states[state]}</span>`
}

function took({ formats: f }: View, { startedAt, endedAt }: DownloadEntry): string {
  return startedAt && endedAt ? f.duration(Date.parse(endedAt) - Date.parse(startedAt)) : ''
}

function filterForm({ texts: t, base }: View, filter: DownloadsFilter): Markup {
  const states = DOWNLOAD_STATES.map(
    (state) =>
      html`<option value="${state}"${state === filter.state ? html` selected` : ''}>${t.states[state]}</option>`,
  )
  const field = (name: keyof DownloadsFilter, label: string, type = 'text') =>
    html`<label>${label}<input type="${type}" name="${name}" value="${filter[name] ?? ''}"></label>`
  return html`<form class="filters" action="${base}/" method="get">
<label>${t.state}<select name="state"><option value="">${t.all}</option>${states}</select></label>
${field('export', t.exportName)}${field('requester', t.requester, 'email')}${field('error', t.error)}
${field('since', t.since, 'date')}${field('until', t.until, 'date')}
<button>${t.filter}</button><a class="button" href="${base}/">${t.clear}</a></form>
<form class="filters" action="${base}/executions" method="get"><label>${t.search}<input name="id" required pattern="[A-Za-z0-9_\\-]{1,80}"></label><button>${t.go}</button></form>`
}

function toQuery({ state, export: name, requester, error, since, until, cursor }: DownloadsFilter): DownloadsQuery {
  return {
    ...(isState(state) && { state }),
    ...(name && { export: name }),
    ...(requester && { requestedBy: requester }),
    ...(error && { error }),
    ...(since && isDay(since) && { since: new Date(`${since}T00:00:00Z`) }),
    ...(until && isDay(until) && { until: new Date(Date.parse(`${until}T00:00:00Z`) + 86_400_000) }),
    ...(cursor && { cursor }),
  }
}

function isState(state: string | undefined): state is DownloadState {
  return (DOWNLOAD_STATES as readonly string[]).includes(state ?? '')
}

function isDay(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`))
}

export function search(parameters: object): string {
  const present = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return String(new URLSearchParams(present))
}
