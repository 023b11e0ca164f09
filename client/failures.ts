/** Failed downloads, grouped by their cause. */
import { createHash } from 'node:crypto'
import type { DownloadEntry } from '../statemachine/table.ts'
import type { DownloadsPage, DownloadsQuery } from './table-list.ts'

/** Failed downloads with one cause. */
export interface FailureGroup {
  /** Of this cause, for addresses: it stays the same when others fail for it, too. */
  key: string
  error: string
  /** The newest failure's. */
  reason: string
  /** The newest first; at least one. */
  downloads: DownloadEntry[]
}

/** All failed downloads, by their causes. */
export interface Failures {
  /** The largest group first. */
  groups: FailureGroup[]
  count: number
  /** False where there are more failures than were read. */
  isComplete: boolean
}

const PAGE = 1_000
const MOST = 10_000

/** @param list reads a page of the table */
export async function groupFailures(list: (query: DownloadsQuery) => Promise<DownloadsPage>): Promise<Failures> {
  /** By error and cause. */
  const groups = new Map<string, FailureGroup>()
  let count = 0
  let read = 0
  let cursor: string | null | undefined
  do {
    const page: DownloadsPage = await list({ state: 'failed', limit: PAGE, ...(cursor && { cursor }) })
    // What was sent anew is somebody's business already.
    const open = page.downloads.filter(({ replayedAs }) => replayedAs === undefined)
    for (const download of open) {
      const { error = 'Unknown', reason = '' } = download
      const cause = causeOf(error, reason)
      const group = groups.get(cause)
      if (group) group.downloads.push(download)
      else groups.set(cause, { key: keyOf(cause), error, reason, downloads: [download] })
    }
    count += open.length
    read += page.downloads.length
    cursor = page.cursor
  } while (cursor && read < MOST)
  const sorted = [...groups.values()].sort((one, other) => other.downloads.length - one.downloads.length)
  return { groups: sorted, count, isComplete: !cursor }
}

/** What differs from one request to the next, numbers above all, makes no cause of its own. */
function causeOf(error: string, reason: string): string {
  return JSON.stringify([error, reason.replaceAll(/[0-9a-f]{8,}|\d+/gi, '#')])
}

function keyOf(cause: string): string {
  return createHash('sha256').update(cause).digest('hex').slice(0, 16)
}
