/** In which order waiting requests start, and about when. */
import type { DownloadEntry } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { typicalMillis } from './durations.ts'

/** As many as the table gives at once. */
const MOST = 1_000

export interface Turn {
  entry: DownloadEntry
  /** Counted from 1. */
  position: number
  /** Null where a download before it has no typical duration. */
  startsInMillis: number | null
}

/** The first to start first. */
export async function inTurn(carryout: OperatorClient, now = Date.now()): Promise<Turn[]> {
  const [waiting, running, typical] = await Promise.all([
    carryout.downloads({ state: 'waiting', limit: MOST }),
    carryout.downloads({ state: 'running', limit: 100 }),
    typicalMillis(carryout),
  ])
  const durationOf = ({ export: name = '' }: DownloadEntry) => typical.get(name)
  const lefts = running.downloads.map((entry) => {
    const typicalMillis = durationOf(entry)
    if (typicalMillis === undefined) return null
    return Math.max(0, typicalMillis - (now - Date.parse(entry.redrivenAt ?? entry.startedAt ?? entry.at)))
  })
  // As many go on at once as run now: how many may is the stack's secret.
  const slots = Math.max(1, lefts.length)
  let ahead = lefts.reduce<number | null>((sum, left) => (sum === null || left === null ? null : sum + left), 0)
  return waiting.downloads.toReversed().map((entry, index) => {
    const turn = { entry, position: index + 1, startsInMillis: ahead === null ? null : ahead / slots }
    const own = durationOf(entry)
    ahead = ahead === null || own === undefined ? null : ahead + own
    return turn
  })
}
