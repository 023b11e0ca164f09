/** The pages of bulk replays: what they would replay, their progress, and what was skipped. */
import type { BulkReplay, BulkReplayDetails, FailureGroup, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { errorName } from '../view/error-name.ts'
import { facts, type Markup, type View } from '../view/page.ts'
import { confirmForm, problemNote, reasonField } from './actions.ts'
import { downloadsTable } from './downloads.ts'

const SHOWN = 20
/** How many outcomes are listed. */
const OUTCOMES_SHOWN = 500

/** The form as it was submitted and refused. */
interface Refused {
  problem: string
  name: string
  why: string
}

export function bulkForm(view: View, group: FailureGroup, refused?: Refused): Markup {
  const { key, error, reason, downloads } = group
  const { texts: t, formats: f } = view
  const name = refused?.name ?? freshName(group)
  // Excludes failures after those that the operator has seen.
  const until = html`<input type="hidden" name="until" value="${downloads[0]?.at ?? ''}">`
  const fields = html`${until}<label>${t.bulk.name}<input name="name" required maxlength="60" pattern="[A-Za-z0-9_\\-]{1,60}" value="${name}"></label>${reasonField(view, refused?.why)}`
  return html`${problemNote(view, refused?.problem)}<div class="note bad"><p><strong>${errorName(error)}</strong></p><p>${reason}</p></div>
<p>${t.bulk.preview(f.count(downloads.length))}</p><p>${t.bulk.explain}</p>
${confirmForm(view, `failures/${key}/replay`, t.bulk.start, 'primary', fields)}
<h2>${t.bulk.first}</h2>${downloads.length > SHOWN ? html`<p class="soft">${t.waitingShown(f.count(SHOWN))}</p>` : ''}${downloadsTable(view, downloads.toReversed().slice(0, SHOWN), { without: ['state', 'result'] })}`
}

/** Makes a name that is unique even for two groups of one error viewed in the same second. */
function freshName({ key, error }: FailureGroup): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')
  return `${error}-${time}-${key.slice(0, 4)}`.replaceAll(/[^\w-]/g, '-').slice(-60)
}

export async function bulkListPage(carryout: OperatorClient, view: View): Promise<Markup> {
  const replays = await carryout.bulkReplays()
  const { texts: t, formats: f, base } = view
  if (replays.length === 0) return html`<p class="empty">${t.bulk.none}</p>`
  const rows = replays.map(
    (each) =>
      html`<tr><td>${bulkTag(view, each)}</td><th scope="row" class="grows"><a href="${base}/replays/${each.name}">${each.name}</a></th><td class="number">${progressOf(view, each)}</td><td class="wide">${each.by || t.somebody}</td><td class="wide">${each.why}</td><td>${f.time(new Date(each.at))}</td></tr>`,
  )
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">${t.state}</th><th scope="col">${t.bulk.name}</th><th scope="col" class="number">${t.bulk.progressHeading}</th><th scope="col" class="wide">${t.bulk.by}</th><th scope="col" class="wide">${t.bulk.why}</th><th scope="col">${t.startedAt}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

export function bulkPage(view: View, replay: BulkReplayDetails): Markup {
  const { texts: t, formats: f, base } = view
  const { name, by, why, at, state, count, replayed, skipped, waiting, stoppedBy, executions } = replay
  const isGoing = state === 'sending' || state === 'running'
  const stop =
    isGoing && !view.readOnly
      ? html`<form method="post" action="${base}/replays/${name}/stop"><button class="danger">${t.bulk.stop}</button></form>`
      : ''
  // Skipped executions come first, because somebody must look at them.
  const order = { skipped: 0, starting: 1, waiting: 2, replayed: 3 }
  const sorted = executions.toSorted((one, other) => order[one.outcome] - order[other.outcome])
  const rows = sorted
    .slice(0, OUTCOMES_SHOWN)
    .map(
      ({ execution, outcome, outcomeAt, reason }) =>
        html`<tr><td><span class="tag ${OUTCOME_TAGS[outcome]}">${outcome === 'waiting' && state === 'stopped' ? t.bulk.untouched : t.bulk.outcomes[outcome]}</span></td><td class="grows"><a href="${base}/executions/${execution}">${execution}</a></td><td class="full">${reason === undefined ? '' : t.bulk.skipReason(reason)}</td><td class="wide">${f.time(new Date(outcomeAt))}</td></tr>`,
    )
  return html`${facts([
    [t.state, bulkTag(view, replay)],
    [t.bulk.progressHeading, progressOf(view, replay)],
    [t.bulk.outcomes.replayed, f.count(replayed)],
    [t.bulk.outcomes.skipped, skipped > 0 && f.count(skipped)],
    [state === 'stopped' ? t.bulk.untouched : t.bulk.outcomes.waiting, waiting > 0 && f.count(waiting)],
    [t.startedAt, html`${f.time(new Date(at))} · ${by || t.somebody}`],
    [t.bulk.why, why],
  ])}
<progress max="${count}" value="${count - waiting}" aria-label="${progressOf(view, replay)}"></progress>
${state === 'stopped' ? html`<p class="note">${t.bulk.stopped(stoppedBy || t.somebody)}</p>` : ''}${stop}
<h2>${t.bulk.executions}</h2>${executions.length > OUTCOMES_SHOWN ? html`<p class="soft">${t.waitingShown(f.count(OUTCOMES_SHOWN))}</p>` : ''}<div class="scroll"><table class="stack"><thead><tr><th scope="col">${t.result}</th><th scope="col">${t.id}</th><th scope="col">${t.reason}</th><th scope="col" class="wide">${t.changedAt}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

const OUTCOME_TAGS = { waiting: 'waiting', starting: 'running', replayed: 'ready', skipped: 'failed' } as const

function bulkTag({ texts: t }: View, { state }: BulkReplay): Markup {
  const kind = state === 'done' ? 'ready' : state === 'stopped' ? 'cancelled' : 'running'
  return html`<span class="tag ${kind}">${t.bulk.states[state]}</span>`
}

function progressOf({ texts: t, formats: f }: View, { count, waiting }: BulkReplay): string {
  return t.bulk.progress(f.count(count - waiting), f.count(count))
}
