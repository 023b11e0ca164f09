/** In which order waiting entries start, and approximately when. */
import type { DownloadEntry } from '@carryout/client'
import type { OperatorClient, WaitingTurn } from '@carryout/client/operator'
import { typicalMillis } from './durations.ts'

const MOST = 1_000
/** The name of a bulk replay's waiting entry. */
const REPLAY = /^replay:([^:]+):(.+)$/

export interface Turn {
  /** The request's id, or that of the execution to replay. */
  id: string
  /** The bulk replay that it belongs to; null for a request. */
  bulk: string | null
  export: string | undefined
  requestedBy: string | undefined
  arrivedAt: Date
  /** Counted from 1. */
  position: number
  /** Null if a download before it has no typical duration. */
  startsInMillis: number | null
}

/** Returns what waits, in the order in which it will start. */
export async function inTurn(carryout: OperatorClient, now = Date.now()): Promise<Turn[]> {
  const [turns, waiting, running, typical] = await Promise.all([
    carryout.turns(MOST),
    carryout.downloads({ state: 'waiting', limit: MOST }),
    carryout.downloads({ state: 'running', limit: 100 }),
    typicalMillis(carryout),
  ])
  const entries = new Map(waiting.downloads.map((entry) => [entry.id, entry]))
  const lefts = running.downloads.map((entry) => leftMillis(entry, typical.get(entry.export ?? ''), now))
  // Assumes that as many run at once as now; the actual maximum is a setting of the stack.
  const slots = Math.max(1, lefts.length)
  let ahead = lefts.reduce<number | null>((sum, left) => (sum === null || left === null ? null : sum + left), 0)
  // Entries that no longer wait are skipped in their turn. They can be recognized only if all entries were read.
  const isComplete = waiting.cursor === null
  const known = turns.filter(({ name }) => !isComplete || REPLAY.test(name) || entries.has(name))
  return known.map((turn, index) => {
    const startsInMillis = ahead === null ? null : ahead / slots
    const own = typical.get(turn.export ?? '')
    ahead = ahead === null || own === undefined ? null : ahead + own
    return { ...identityOf(turn, entries), position: index + 1, startsInMillis }
  })
}

function identityOf({ name, arrivedAt, export: exportName }: WaitingTurn, entries: Map<string, DownloadEntry>) {
  const [, bulk = null, execution] = REPLAY.exec(name) ?? []
  return {
    id: execution ?? name,
    bulk,
    export: exportName,
    requestedBy: entries.get(name)?.requestedBy,
    arrivedAt: new Date(arrivedAt),
  }
}

function leftMillis(entry: DownloadEntry, typical: number | undefined, now: number): number | null {
  if (typical === undefined) return null
  return Math.max(0, typical - (now - Date.parse(entry.redrivenAt ?? entry.startedAt ?? entry.at)))
}
