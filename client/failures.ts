/** Failed downloads, grouped by their cause. */
import { createHash } from 'node:crypto'
import type { FailedDownload, FailedPage } from './table-failed.ts'

/** Failed downloads with one cause. */
export interface FailureGroup {
  /** Identifies the cause in URLs. It does not change when further downloads fail for it. */
  key: string
  error: string
  /** The newest failure's reason. */
  reason: string
  /** Newest first; at least one. */
  downloads: FailedDownload[]
}

/** All failed downloads, by cause. */
export interface Failures {
  /** Largest group first. */
  groups: FailureGroup[]
  count: number
  /** False if there are more failures than were read. */
  isComplete: boolean
}

const MOST = 10_000

/** Compared prefix of a reason; the table keeps its first 300 characters. */
const COMPARED_CHARACTERS = 200

/** The last word of a shortened reason, which may be half an id. */
const CUT_WORD = /\S*…$/

/** UUIDs such as Lambda's request ids, other hexadecimal ids, and numbers. */
const VARYING = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8,}|\d+/gi

/** @param pages of failed downloads, newest first */
export async function groupFailures(pages: AsyncIterable<FailedPage>): Promise<Failures> {
  /** Groups by error and cause. */
  const groups = new Map<string, FailureGroup>()
  let count = 0
  let read = 0
  let isComplete = true
  for await (const { downloads, isLast } of pages) {
    for (const download of downloads) {
      // A failure that was edited and sent again has been handled.
      if (download.replayedAs !== undefined) continue
      count++
      const { error = 'Unknown', reason = '' } = download
      const cause = causeOf(error, reason)
      const group = groups.get(cause)
      if (group) group.downloads.push(download)
      else groups.set(cause, { key: keyOf(cause), error, reason, downloads: [download] })
    }
    read += downloads.length
    isComplete = isLast
    if (read >= MOST) break
  }
  const sorted = [...groups.values()].sort((one, other) => other.downloads.length - one.downloads.length)
  return { groups: sorted, count, isComplete }
}

/**
 * Returns a reason without what varies between requests, mainly numbers, and without the point where the table
 * shortened it, which depends on them.
 */
function causeOf(error: string, reason: string): string {
  const whole = reason.replace(CUT_WORD, '')
  return JSON.stringify([error, whole.replaceAll(VARYING, '#').slice(0, COMPARED_CHARACTERS)])
}

function keyOf(cause: string): string {
  return createHash('sha256').update(cause).digest('hex').slice(0, 16)
}
