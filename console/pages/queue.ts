/** The page of the queue: what waits, whether it is paused, and what could not be delivered. */
import type { DeadLetter, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { oneLine } from '../../statemachine/one-line.ts'
import type { Markup, View } from '../view/page.ts'
import { errorNote } from '../view/problem.ts'
import { reasonField } from './actions.ts'
import { historySection } from './history.ts'
import { inTurn, type Turn } from './turn.ts'

const SHOWN = 100

export async function queuePage(carryout: OperatorClient, view: View): Promise<Markup> {
  const [turns, { queued, deadLetters: deadCount }, actions] = await Promise.all([
    inTurn(carryout),
    carryout.waiting(),
    carryout.queueActions().catch(() => []),
  ])
  // Reading dead letters needs a permission that a read-only user may lack.
  const letters = deadCount > 0 ? await carryout.deadLetters().catch((error: Error) => error) : []
  const { texts: t, formats: f, outage } = view
  // An outage has its own message on the queue, which is not a request.
  const count = Math.max(queued - (outage ? 1 : 0), turns.length)
  const shortened = turns.length > SHOWN ? html`<p class="soft">${t.waitingShown(f.count(SHOWN))}</p>` : ''
  return html`${view.readOnly ? '' : pauseForm(view)}
<h2>${t.waitingCount(f.count(count))}</h2>
${turns.length === 0 ? html`<p class="empty">${t.queueEmpty}</p>` : html`${shortened}${turnsTable(view, turns.slice(0, SHOWN))}`}
<h2>${t.deadLetters(f.count(deadCount))}</h2>
${deadLettersSection(view, letters)}
${historySection(view, actions)}`
}

function turnsTable(view: View, turns: readonly Turn[]): Markup {
  const { texts: t, formats: f, base } = view
  const rows = turns.map(
    ({ position, startsInMillis, id, bulk, export: name, requestedBy, arrivedAt }) =>
      html`<tr><td class="number">${f.count(position)}</td><td class="grows"><a href="${base}/executions/${id}">${id}</a></td><td>${name ?? ''}</td><td class="wide">${bulk === null ? (requestedBy ?? '') : html`<a href="${base}/replays/${bulk}">${t.bulk.partOf(bulk)}</a>`}</td><td class="wide">${f.time(arrivedAt)}</td><td>${expectedStart(view, startsInMillis)}</td></tr>`,
  )
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col" class="number">${t.position}</th><th scope="col">${t.id}</th><th scope="col">${t.exportName}</th><th scope="col" class="wide">${t.requester}</th><th scope="col" class="wide">${t.requestedAt}</th><th scope="col">${t.expectedStart}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** Empty if unknown: nothing starts in a pause or an outage. */
export function expectedStart({ texts: t, formats: f, pause, outage }: View, startsInMillis: number | null): string {
  if (pause || outage || startsInMillis === null) return ''
  return startsInMillis < 1_000 ? t.soon : t.about(f.duration(startsInMillis))
}

function pauseForm(view: View): Markup {
  const { texts: t, base, pause } = view
  if (pause)
    return html`<form method="post" action="${base}/resume"><button class="primary">${t.resume}</button></form>`
  return html`<p>${t.pauseExplained}</p><form class="filters" method="post" action="${base}/pause">${reasonField(view)}<button>${t.pause}</button></form>`
}

function deadLettersSection(view: View, letters: DeadLetter[] | Error): Markup {
  const { texts: t } = view
  if (letters instanceof Error) return errorNote(view, letters)
  if (letters.length === 0) return html`<p class="empty">${t.noDeadLetters}</p>`
  return html`<p class="soft">${t.deadLettersExplained}</p>${letters.map((letter) => deadLetter(view, letter))}`
}

function deadLetter(view: View, { messageId, group, body, received, sentAt }: DeadLetter): Markup {
  const { texts: t, formats: f, base, readOnly } = view
  const forms = html`<form method="post" action="${base}/dead-letters/${messageId}/send"><label>${t.edited}<textarea name="body" required spellcheck="false">${body}</textarea></label>${reasonField(view)}<p class="actions"><button class="primary">${t.sendAgain}</button></p></form>
<form class="filters" method="post" action="${base}/dead-letters/${messageId}/drop"><label>${t.whyNeeded}<input name="why" required maxlength="200"></label><button class="danger">${t.drop}</button></form>`
  return html`<details id="letter-${messageId}"><summary><code>${oneLine(body, 120)}</code> · ${group} · ${t.received(f.count(received))} · ${f.time(sentAt)}</summary>${readOnly ? html`<pre tabindex="0">${body}</pre>` : forms}</details>`
}
