/**
 * Redrive: an unsuccessful execution continues from its unsuccessful states.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
import type { Machine, State } from './definition.ts'
import type { Doubts } from './doubts.ts'
import { type Frame, listOf } from './frame.ts'
import type { ExecutionRow, Journal } from './journal.ts'

export const REDRIVABLE_MS = 14 * 24 * 60 * 60 * 1000

/** @returns AWS's reason, or undefined if the execution can be redriven now */
export function whyNotRedrivable(
  row: ExecutionRow,
  { events, limit, now }: { events: number; limit: number; now: number },
): string | undefined {
  if (row.status === 'RUNNING' || row.status === 'SUCCEEDED') {
    return `Execution is ${row.status} and cannot be redriven`
  }
  // One event for the redrive and at least one for what follows.
  if (events >= limit - 1) return 'Execution history event limit exceeded'
  if (now - (row.stoppedAt ?? now) > REDRIVABLE_MS) return 'Execution redrivable period exceeded'
  return undefined
}

/** Called within a transaction: reopens failed and aborted frames, keeping succeeded ones. */
export function reopen(journal: Journal, row: ExecutionRow, redrivenEvent: number, doubts: Doubts) {
  const machine = JSON.parse(row.definition) as Machine
  const frames = [...journal.frames(row.id).values()]
  for (const frame of frames.filter(({ status }) => status === 'FAILED' || status === 'ABORTED')) {
    const { Type } = listOf(machine, frame).States[frame.state] as State
    const below = frames.filter(({ path }) => path.startsWith(`${frame.path}/`))
    const { fan } = frame.progress
    if (fan && rerunsAll(frame, below)) {
      journal.deleteFramesBelow(row.id, frame.path)
      frame.progress = {}
    } else {
      const kept = doubts.redriveKeepsArguments ? frame.progress.attempt?.arguments : undefined
      // Succeeded iterations are kept, so the items must be the same; everything else is determined again.
      frame.progress = fan ? { fan } : kept === undefined ? {} : { arguments: kept }
    }
    // A Fail is entered again, because unlike any other state it was never exited.
    if (Type === 'Fail') frame.enteredAt = null
    frame.status = 'RUNNING'
    frame.failure = null
    if (doubts.redriveForgetsVariables) frame.variables = {}
    frame.lastEvent = redrivenEvent
    journal.saveFrame(row.id, frame)
  }
}

/** Whether AWS would run the Map or Parallel again completely, because its combined results are too large. */
function rerunsAll(frame: Frame, below: Frame[]): boolean {
  const allSucceeded = below.every(({ status }) => status === 'SUCCEEDED')
  return frame.failure?.error === 'States.DataLimitExceeded' && allSucceeded
}
