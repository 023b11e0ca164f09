/** Describes an execution's outcome, and what to do. */

import type { Carryout, Link, Progress } from '@carryout/client'
import { adviceFor } from '../statemachine/advice.ts'
import type { File } from '../statemachine/contract.ts'
import { elapsedMillis } from '../statemachine/elapsed.ts'
import { size } from '../statemachine/size.ts'
import { count, duration, table, time } from '../terminal/format.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** Returns one line such as `Succeeded after 12 s`, without the idle time before a replay. */
export function headline(progress: Progress, { paint }: Terminal): string {
  const { status, state, failure } = progress
  const taken = duration(elapsedMillis(progress, new Date()))
  switch (status) {
    case 'QUEUED':
      return paint('yellow', 'Waits in the queue')
    case 'RUNNING':
      return `${paint('cyan', `Runs (${state})`)} for ${taken}`
    case 'SUCCEEDED':
      return `${paint('green', 'Succeeded')} after ${taken}`
    case 'FAILED':
      return `${paint('red', `Failed at ${failure?.step}`)} after ${taken}`
    case 'TIMED_OUT':
      return `${paint('red', `Timed out at ${failure?.step}`)} after ${taken}`
    case 'ABORTED':
      return `${paint('red', `Stopped at ${failure?.step}`)} after ${taken}`
  }
}

/** Makes a link to the file for the user of the command; null if there is no file, or no longer. */
export async function linkTo(carryout: Carryout, { id, file }: Progress): Promise<Link | null> {
  if (!file) return null
  return await carryout.link(id).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'NoFile') return null
    throw error
  })
}

/** Returns the file or the failure as lines of a table; empty while it runs. */
export function outcome({ id, file, failure }: Progress, link: Link | null): string[] {
  const rows = [
    ...(file ? fileRows(file, link) : []),
    ...(failure
      ? [
          ['error', failure.error],
          ['reason', failure.reason],
          ['to do', adviceFor(failure.error).en],
          ['replay', `npx carryout replay ${id}`],
        ]
      : []),
  ]
  return table(rows).map((line) => `  ${line}`)
}

function fileRows(file: File, link: Link | null): string[][] {
  return [
    ['file', file.name],
    ['key', `s3://${file.bucket}/${file.key}`],
    ['rows', count(file.rows)],
    ['bytes', `${count(file.bytes)} (${size(file.bytes)}, CRC-32 ${file.crc32})`],
    ['read', file.consistency === 'snapshot' ? 'as one snapshot' : 'in chunks, each a snapshot of its own'],
    ...(link
      ? [
          ['link', link.url],
          ['opens', `until ${time(new Date(link.expiresAt))} UTC`],
        ]
      : []),
  ]
}

/** The JSON document of an execution. */
export function toJson({ steps: _, ...progress }: Progress, link: Link | null) {
  return { ...progress, link, ...(progress.failure && { toDo: adviceFor(progress.failure.error).en }) }
}
