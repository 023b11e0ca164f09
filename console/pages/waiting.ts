/** The page of a request that has no execution yet, never had one, or whose execution is not visible yet. */
import type { DownloadEntry } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { adviceFor } from '../../statemachine/advice.ts'
import { NOT_STARTED } from '../../statemachine/table.ts'
import { errorName } from '../view/error-name.ts'
import { facts, type Markup, type View } from '../view/page.ts'
import { reasonField } from './actions.ts'
import { stateTag } from './downloads.ts'
import { historySection } from './history.ts'
import { expectedStart } from './queue.ts'
import { inTurn } from './turn.ts'

/** @returns null if the request does not wait */
export async function waitingPage(carryout: OperatorClient, view: View, id: string): Promise<Markup | null> {
  const entry = await carryout.entry(id)
  if (entry?.state !== 'waiting') return null
  const [turns, actions] = await Promise.all([inTurn(carryout), carryout.actions(id)])
  const turn = turns.find((each) => each.bulk === null && each.id === id)
  const { texts: t, formats: f } = view
  const place: Fact[] = [
    [t.position, turn && html`${f.count(turn.position)}${t.inBrackets(t.ahead(f.count(turn.position - 1)))}`],
    [t.expectedStart, turn && expectedStart(view, turn.startsInMillis)],
  ]
  return html`${asked(view, entry, place)}${view.readOnly ? '' : cancelForm(view, id)}${historySection(view, actions, 'downloads')}`
}

/**
 * Shows the table's entry of an execution that has just started, because `DescribeExecution` is eventually consistent.
 *
 * @returns null if the table has no such running execution
 */
export async function startingPage(carryout: OperatorClient, view: View, id: string): Promise<Markup | null> {
  const entry = await carryout.entry(id)
  if (entry?.state !== 'running') return null
  return html`${asked(view, entry)}<p class="empty">${view.texts.starting}</p>`
}

/**
 * Shows the table's entry of a request without an execution: it was cancelled while it waited, it never started, or
 * Step Functions no longer has it.
 *
 * @returns null if the table has no such entry
 */
export async function entryPage(carryout: OperatorClient, view: View, id: string): Promise<Markup | null> {
  const entry = await carryout.entry(id)
  if (!entry) return null
  const { texts: t, base, language } = view
  const { error, reason = '' } = entry
  const failure =
    error &&
    html`<div class="note bad"><p><strong>${errorName(error)}</strong></p><p>${reason}</p><p><strong>${t.advice}</strong> ${adviceFor(error)[language]}</p></div>`
  const letters =
    error === NOT_STARTED && html`<p class="actions"><a class="button" href="${base}/queue">${t.toDeadLetters}</a></p>`
  const actions = await carryout.actions(id).catch(() => [])
  return html`${asked(view, entry)}${failure || ''}${letters || ''}<p class="soft">${t.noExecution}</p>${historySection(view, actions, 'downloads')}`
}

type Fact = Parameters<typeof facts>[0][number]

function asked(view: View, entry: DownloadEntry, place: Fact[] = []): Markup {
  const { texts: t, formats: f, base } = view
  return facts([
    [t.state, stateTag(view, entry.state)],
    ...place,
    [t.exportName, entry.export],
    [t.params, entry.params && html`<code>${entry.params}</code>`],
    [t.requester, entry.requestedBy],
    [t.requestedAt, f.time(new Date(entry.requestedAt))],
    [
      t.replayedFrom,
      entry.replayedFrom && html`<a href="${base}/executions/${entry.replayedFrom}">${entry.replayedFrom}</a>`,
    ],
  ])
}

function cancelForm(view: View, id: string): Markup {
  const { texts: t, base } = view
  return html`<p>${t.cancelExplained}</p><form class="filters" method="post" action="${base}/executions/${id}/cancel">${reasonField(view)}<button class="danger">${t.cancelRequest}</button></form>`
}
