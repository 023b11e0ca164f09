/** The pages of failed downloads, grouped by cause. */
import type { DownloadEntry } from '@carryout/client'
import type { FailureGroup, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { adviceFor } from '../../statemachine/advice.ts'
import { NOT_STARTED } from '../../statemachine/table.ts'
import { errorName } from '../view/error-name.ts'
import type { Markup, View } from '../view/page.ts'
import { downloadsTable } from './downloads.ts'
import { idField } from './request-form.ts'

const SHOWN = 100

export async function failuresPage(carryout: OperatorClient, view: View): Promise<Markup> {
  const { groups, isComplete, count } = await carryout.failures()
  const { texts: t, formats: f, base } = view
  const past = html`<p class="actions"><a class="button" href="${base}/replays">${t.bulk.listTitle}</a></p>`
  if (groups.length === 0) return html`<p class="empty">${t.noFailures}</p>${past}`
  const rows = groups.map(
    (
      group,
    ) => html`<tr><td class="number">${f.count(group.downloads.length)} ×</td><th scope="row"><a href="${base}/failures/${group.key}">${errorName(group.error)}</a></th>
<td class="full">${group.reason}</td><td class="wide">${f.time(new Date(latest(group).at))}</td>${view.readOnly ? '' : html`<td class="full">${replayAll(view, group)}</td>`}</tr>`,
  )
  return html`${isComplete ? '' : html`<p class="note">${t.truncatedGroups(f.count(count))}</p>`}
<div class="scroll"><table class="stack"><thead><tr><th scope="col" class="number">${t.count}</th><th scope="col">${t.error}</th><th scope="col">${t.reason}</th><th scope="col" class="wide">${t.latest}</th>${view.readOnly ? '' : html`<th scope="col"><span class="hidden">${t.replay}</span></th>`}</tr></thead><tbody>${rows}</tbody></table></div>${past}`
}

function replayAll({ texts: t, formats: f, base }: View, { key, error, downloads }: FailureGroup): Markup {
  // There is no execution to redrive.
  if (error === NOT_STARTED) return html`<a class="button" href="${base}/queue">${t.toDeadLetters}</a>`
  return html`<a class="button" href="${base}/failures/${key}/replay">${t.bulk.replayAll(f.count(downloads.length))}</a>`
}

/** @returns null if the group no longer exists */
export async function failureGroupPage(carryout: OperatorClient, view: View, key: string): Promise<Markup | null> {
  const { groups } = await carryout.failures()
  const group = groups.find((each) => each.key === key)
  if (!group) return null
  const { texts: t, formats: f, base, language } = view
  const { error, reason, downloads } = group
  const replay = ({ id }: DownloadEntry) =>
    html`<form method="post" action="${base}/executions/${id}/replay">${idField()}<button aria-label="${t.replay}: ${id}">${t.replay}</button></form>`
  return html`<div class="note bad"><p><strong>${errorName(error)}</strong></p><p>${reason}</p><p><strong>${t.advice}</strong> ${adviceFor(error)[language]}</p></div>
<p>${t.groupCount(f.count(downloads.length))} ${downloads.length > SHOWN ? t.groupShown(f.count(SHOWN)) : ''}</p>
<p class="actions">${view.readOnly ? '' : replayAll(view, group)}<a class="button" href="${base}/failures">${t.allGroups}</a></p>
${downloadsTable(view, downloads.slice(0, SHOWN), { without: ['state', 'result'], ...(!view.readOnly && error !== NOT_STARTED && { actionOf: replay }) })}`
}

function latest({ downloads }: FailureGroup): DownloadEntry {
  return downloads[0] as DownloadEntry
}
