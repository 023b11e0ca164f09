/** The list of downloads, with filters and pages. */
import type { DownloadEntry, DownloadsQuery } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { DOWNLOAD_STATES, type DownloadState } from '../../statemachine/table.ts'
import { endOfDay, startOfDay } from '../view/day.ts'
import { errorName } from '../view/error-name.ts'
import type { Markup, View } from '../view/page.ts'
import { runMillis } from './durations.ts'
import { inTurn } from './turn.ts'

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
/** The longest address of a requester; a DynamoDB key is also limited. */
const ADDRESS_CHARACTERS = 255

export async function downloadsPage(carryout: OperatorClient, view: View, filter: DownloadsFilter): Promise<Markup> {
  const { downloads, cursor } = isImpossible(filter)
    ? { downloads: [], cursor: null }
    : await carryout.downloads({ ...toQuery(view, filter), limit: PAGE })
  const isWaiting = downloads.some(({ state }) => state === 'waiting')
  const turns = isWaiting ? new Map((await inTurn(carryout)).map((turn) => [turn.id, turn])) : undefined
  const { texts: t, base } = view
  const isFiltered = Object.values(filter).some((value) => value)
  const turnOf = (id: string) => {
    const turn = turns?.get(id)
    return turn && `${t.position} ${view.formats.count(turn.position)}`
  }
  const first = view.readOnly ? '' : html` <a href="${base}/exports">${t.noDownloadsLink}</a>`
  const list =
    downloads.length === 0
      ? html`<p class="empty">${isFiltered ? t.noMatches : html`${t.noDownloads}${first}`}</p>`
      : downloadsTable(view, downloads, { turnOf })
  return html`${filterForm(view, filter)}${list}
<p class="actions">${filter.cursor ? html`<a class="button" href="${base}/?${search({ ...filter, cursor: undefined })}">${t.newest}</a>` : ''}
${cursor ? html`<a class="button" rel="next" href="${base}/?${search({ ...filter, cursor })}">${t.older}</a>` : ''}</p>`
}

interface TableOptions {
  /** Columns to omit because every row has the same value. */
  without?: readonly ('state' | 'export' | 'result')[]
  /** Returns text about a waiting download's turn. */
  turnOf?: (id: string) => string | undefined
  /** Returns the action of a row. */
  actionOf?: (entry: DownloadEntry) => Markup | ''
}

export function downloadsTable(view: View, downloads: readonly DownloadEntry[], options: TableOptions = {}): Markup {
  const { texts: t, formats: f, base } = view
  const { without = [], turnOf, actionOf } = options
  const shows = (column: NonNullable<TableOptions['without']>[number]) => !without.includes(column)
  const result = (each: DownloadEntry) => {
    if (each.state === 'waiting') return turnOf?.(each.id) ?? ''
    const superseded = each.replayedAs && each.state !== 'ready' ? html` <span class="tag">${t.superseded}</span>` : ''
    if (each.error) return html`${errorName(each.error)}${superseded}`
    const took = runMillis(each)
    return html`${took === null ? '' : html`<span class="number">${f.duration(took)}</span>`}${superseded}`
  }
  const rows = downloads.map(
    (each) => html`<tr>
${shows('state') ? html`<td>${stateTag(view, each.state)}</td>` : ''}
<td class="grows"><a href="${base}/executions/${each.id}">${each.id}</a>${shows('export') && each.export ? html` <span class="narrow">${each.export}</span>` : ''}</td>
${shows('export') ? html`<td class="wide">${each.export ?? ''}</td>` : ''}
<td class="wide">${each.requestedBy ?? ''}</td>
<td>${f.time(new Date(each.requestedAt))}</td>
${shows('result') ? html`<td class="number wide">${each.rows === undefined ? '' : f.count(each.rows)}</td><td class="number wide">${each.bytes === undefined ? '' : f.size(each.bytes)}</td><td>${result(each)}</td>` : ''}
${actionOf ? html`<td>${actionOf(each)}</td>` : ''}</tr>`,
  )
  return html`<div class="scroll"><table class="stack"><thead><tr>
${shows('state') ? html`<th scope="col">${t.state}</th>` : ''}<th scope="col">${t.id}</th>${shows('export') ? html`<th scope="col" class="wide">${t.exportName}</th>` : ''}<th scope="col" class="wide">${t.requester}</th>
<th scope="col">${t.requestedAt}</th>${shows('result') ? html`<th scope="col" class="number wide">${t.rows}</th><th scope="col" class="number wide">${t.bytes}</th><th scope="col">${t.result}</th>` : ''}${actionOf ? html`<th scope="col"><span class="hidden">${t.replay}</span></th>` : ''}
</tr></thead><tbody>${rows}</tbody></table></div>`
}

export function stateTag({ texts: t }: View, state: DownloadState): Markup {
  return html`<span class="tag ${state}">${t.states[state]}</span>`
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
<p class="actions"><button>${t.filter}</button><a class="button" href="${base}/">${t.clear}</a></p></form>`
}

/** Whether the filter cannot match: only failed downloads have an error. */
function isImpossible({ state, error }: DownloadsFilter): boolean {
  return Boolean(error) && isState(state) && state !== 'failed'
}

function toQuery({ timeZone }: View, filter: DownloadsFilter): DownloadsQuery {
  const { state, export: name, requester, error, since = '', until = '', cursor } = filter
  return {
    ...(isState(state) && { state }),
    ...(name && { export: name.trim() }),
    ...(requester?.trim() && { requestedBy: requester.trim().slice(0, ADDRESS_CHARACTERS) }),
    ...(error && { error: error.trim() }),
    since: startOfDay(since, timeZone),
    until: endOfDay(until, timeZone),
    ...(cursor && { cursor }),
  }
}

function isState(state: string | undefined): state is DownloadState {
  return (DOWNLOAD_STATES as readonly string[]).includes(state ?? '')
}

export function search(parameters: object): string {
  const present = Object.entries(parameters).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return String(new URLSearchParams(present))
}
