/** `--wait`: shows an execution's progress until it ends. */

import type { Carryout, FollowOptions, Progress } from '@carryout/client'
import { SLOT_TAKEN } from '../statemachine/errors.ts'
import { count, duration } from '../terminal/format.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { exit } from './exit.ts'
import { headline, linkTo, outcome, toJson } from './outcome.ts'

const REDRAW_MILLIS = 200

/** @returns the exit code: the execution's, or that the user stopped waiting */
export async function waitFor(
  carryout: Carryout,
  id: string,
  options: FollowOptions & { json: boolean | undefined; quiet?: boolean },
  terminal: Terminal,
): Promise<number> {
  const interrupt = new AbortController()
  const onInterrupt = () => interrupt.abort()
  process.once('SIGINT', onInterrupt)
  try {
    const progress = await lastProgress(carryout.follow(id, { ...options, signal: interrupt.signal }), terminal)
    // The caller reports what happens with the file.
    if (options.quiet && progress.status === 'SUCCEEDED') return exit.DONE
    const link = await linkTo(carryout, progress)
    if (options.json) terminal.print(JSON.stringify(toJson(progress, link), null, 2))
    else for (const line of [headline(progress, terminal), ...outcome(progress, link)]) terminal.print(line)
    return progress.status === 'SUCCEEDED' ? exit.DONE : exit.FAILED
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'NoSuchExecution') {
      terminal.note(`The execution continues. To follow it: npx carryout show ${id}`)
    }
    if (!interrupt.signal.aborted) throw error
    if (options.json) terminal.print(JSON.stringify({ id, interrupted: true }))
    return exit.INTERRUPTED
  } finally {
    process.off('SIGINT', onInterrupt)
    terminal.progress(undefined)
  }
}

async function lastProgress(following: AsyncIterable<Progress>, terminal: Terminal): Promise<Progress> {
  const since = Date.now()
  let last: Progress | undefined
  let line = ''
  const redraw = setInterval(() => last && terminal.progress(progressLine(last, Date.now() - since)), REDRAW_MILLIS)
  try {
    for await (const progress of following) {
      last = progress
      const next = stateOf(progress)
      if (!terminal.interactive && next !== line && !progress.stoppedAt)
        terminal.note(progressLine(progress, Date.now() - since))
      line = next
    }
  } finally {
    clearInterval(redraw)
    terminal.progress(undefined)
  }
  return last!
}

/** A new line is printed only when this changes. */
function stateOf({ status, state, rows, steps }: Progress): string {
  return [status, state, rows, steps.at(-1)?.attempts.length].join()
}

/** `ExportChunk · 120,000 of about 200,000 rows · 45,000 rows/s · 12 s` */
export function progressLine(progress: Progress, elapsed: number): string {
  const { status, state, rows, estimatedRows, rowsPerSecond, ranges, steps } = progress
  const tries = steps.findLast((step) => step.endedAt === null)?.attempts ?? []
  const failed = tries.filter(({ error }) => error !== null && error !== SLOT_TAKEN)
  // Once all ranges are done, the number of rows is exact.
  const isWhole = ranges.all > 0 && ranges.done === ranges.all
  const parts = [
    status === 'QUEUED' ? 'waits in the queue' : (state ?? status),
    tries.at(-1)?.error === SLOT_TAKEN && 'waits for the database slot',
    failed.length > 0 && `${count(failed.length)} × ${failed.at(-1)!.error}`,
    rows > 0 && `${count(rows)}${isWhole || estimatedRows === null ? '' : ` of about ${count(estimatedRows)}`} rows`,
    rows === 0 && estimatedRows !== null && `about ${count(estimatedRows)} rows`,
    rowsPerSecond !== null && `${count(rowsPerSecond)} rows/s`,
    ranges.all > 1 && `${ranges.done} of ${ranges.all} ranges`,
    duration(elapsed),
  ]
  return parts.filter((part) => typeof part === 'string').join(' · ')
}
