/** What waits, whether it is paused, and what could not be delivered. */
import type { DeadLetter, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { oneLine } from '../../statemachine/one-line.ts'
import type { Markup, View } from '../view/page.ts'

const SHOWN = 100

export async function queuePage(carryout: OperatorClient, view: View): Promise<Markup> {
  const [{ downloads }, { queued, deadLetters: deadCount }, pause] = await Promise.all([
    carryout.downloads({ state: 'waiting', limit: 1_000 }),
    carryout.waiting(),
    carryout.paused(),
  ])
  const letters = deadCount > 0 ? await carryout.deadLetters() : []
  const { texts: t, formats: f, base } = view
  const inOrder = downloads.toReversed()
  const rows = inOrder
    .slice(0, SHOWN)
    .map(
      ({ id, export: name, requestedBy, requestedAt }, index) =>
        html`<tr><td class="number">${f.count(index + 1)}</td><td><a href="${base}/waiting/${id}">${id}</a></td><td>${name ?? ''}</td><td class="wide">${requestedBy ?? ''}</td><td>${f.time(new Date(requestedAt))}</td></tr>`,
    )
  return html`${view.readOnly ? '' : pauseForm(view, pause !== null)}
<h2>${t.waitingCount(f.count(Math.max(queued, inOrder.length)))}</h2>
${rows.length === 0 ? html`<p class="empty">${t.queueEmpty}</p>` : html`<div class="scroll"><table><thead><tr><th scope="col" class="number">${t.position}</th><th scope="col">${t.id}</th><th scope="col">${t.exportName}</th><th scope="col" class="wide">${t.requester}</th><th scope="col">${t.requestedAt}</th></tr></thead><tbody>${rows}</tbody></table></div>`}
<h2>${t.deadLetters}${deadCount > 0 ? ` (${f.count(deadCount)})` : ''}</h2>
${letters.length === 0 ? html`<p class="empty">${t.noDeadLetters}</p>` : html`<p>${t.deadLettersExplained}</p>${letters.map((letter) => deadLetter(view, letter))}`}`
}

function pauseForm({ texts: t, base }: View, isPaused: boolean): Markup {
  if (isPaused)
    return html`<form class="actions" method="post" action="${base}/resume"><button class="primary">${t.resume}</button></form>`
  return html`<form class="actions" method="post" action="${base}/pause"><button>${t.pause}</button><label>${t.why}<input name="why" maxlength="200"></label><span>${t.pauseExplained}</span></form>`
}

function deadLetter(
  { texts: t, formats: f, base, readOnly }: View,
  { messageId, group, body, received, sentAt }: DeadLetter,
): Markup {
  const forms = html`<form method="post" action="${base}/dead-letters/${messageId}/send"><label>${t.edited}<textarea name="body" spellcheck="false">${body}</textarea></label><p class="actions"><button class="primary">${t.sendAgain}</button></p></form>
<form class="actions" method="post" action="${base}/dead-letters/${messageId}/drop"><label>${t.why}<input name="why" required maxlength="200"></label><button class="danger">${t.drop}</button></form>`
  return html`<details><summary><code>${oneLine(body, 120)}</code> · ${group} · ${t.received(f.count(received))} · ${f.time(sentAt)}</summary>${readOnly ? html`<pre>${body}</pre>` : forms}</details>`
}
