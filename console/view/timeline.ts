/** A timeline of the steps' attempts, as table rows with bars. */
import type { Attempt, Step } from '@carryout/client'
import { html } from 'hono/html'
import { SLOT_TAKEN } from '../../statemachine/errors.ts'
import { endsOf } from './ends.ts'
import { errorName } from './error-name.ts'
import type { Formats } from './format.ts'
import type { Texts } from './texts.ts'

const WIDTH = 1000
const LEAST_BAR = 3
/** Maximum rows; an export of weeks has thousands. */
const SHOWN = { first: 20, last: 80 }

/**
 * Consecutive attempts with the same result; throttled ones are merged into one waiting time regardless of their
 * request ids.
 */
export interface AttemptGroup {
  startedAt: Date
  /** Null while it runs. */
  endedAt: Date | null
  /** Null if it succeeded or runs. */
  error: string | null
  reason: string | null
  isWaiting: boolean
  count: number
}

export function groupAttempts(attempts: readonly Attempt[]): AttemptGroup[] {
  const groups: AttemptGroup[] = []
  for (const [index, { startedAt, endedAt, error, reason }] of attempts.entries()) {
    const isWaiting = error === SLOT_TAKEN
    const last = groups.at(-1)
    const next = attempts[index + 1]
    // A wait for the slot lasts until the attempt that got it.
    const until = isWaiting && next ? next.startedAt : endedAt
    if (last && last.error === error && error !== null && (isWaiting || last.reason === reason)) {
      last.count++
      last.endedAt = until
    } else groups.push({ startedAt, endedAt: until, error, reason, isWaiting, count: 1 })
  }
  return groups
}

export function timeline(steps: readonly Step[], now: Date, formats: Formats, texts: Texts) {
  const starts = steps.map(({ startedAt }) => startedAt.getTime())
  const ends = steps.map(({ endedAt }) => (endedAt ?? now).getTime())
  const from = Math.min(...starts)
  const span = Math.max(1, Math.max(...ends) - from)
  const x = (at: Date) => ((at.getTime() - from) / span) * WIDTH
  const rowsOf = (step: Step) => groupAttempts(step.attempts).map((group, index) => row(step.state, index > 0, group))
  const { first, last, between } = endsOf(steps, SHOWN)
  const gap =
    between === 0 ? '' : html`<tr><td colspan="4" class="soft">${texts.stepsBetween(formats.count(between))}</td></tr>`
  const rows = html`${first.flatMap(rowsOf)}${gap}${last.flatMap(rowsOf)}`

  function row(
    state: string,
    isRepeated: boolean,
    { startedAt, endedAt, error, reason, isWaiting, count }: AttemptGroup,
  ) {
    const end = endedAt ?? now
    const kind = isWaiting ? 'waiting' : error !== null ? 'failed' : endedAt ? 'succeeded' : 'running'
    const left = Math.min(x(startedAt), WIDTH - LEAST_BAR)
    const width = Math.max(LEAST_BAR, Math.min(x(end), WIDTH) - left)
    const took = formats.duration(end.getTime() - startedAt.getTime())
    const said = isWaiting
      ? texts.waitedForSlot(took)
      : error === null
        ? ''
        : html`${errorName(error)}${count > 1 ? ` ×${count}` : ''} <span class="reason">${reason}</span>`
    return html`<tr class="${kind}"><th scope="row">${isRepeated ? html`<span class="hidden">${state}</span>` : state}</th>
<td class="bar"><svg viewBox="0 0 ${WIDTH} 16" preserveAspectRatio="none" aria-hidden="true"><rect x="${left.toFixed(1)}" y="2" width="${width.toFixed(1)}" height="12" rx="2"/></svg></td>
<td class="number">${took}</td><td>${said}</td></tr>`
  }

  return html`<table class="timeline"><thead><tr><th scope="col">${texts.step}</th><th scope="col"><span class="hidden">${texts.timeline}</span></th><th scope="col" class="number">${texts.took}</th><th scope="col"><span class="hidden">${texts.result}</span></th></tr></thead><tbody>${rows}</tbody></table>`
}
