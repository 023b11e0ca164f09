/** Derives the visits of each state from an execution's history, for diagrams and for investigating failures. */
import type { HistoryEvent } from '@aws-sdk/client-sfn'
import type { Chunk } from '../statemachine/contract.ts'

/** The outcome of a state's visit. */
export type Outcome = 'succeeded' | 'failed' | 'running'

/** One visit of one state of any type. */
export interface StateVisit {
  state: string
  startedAt: Date
  /** Null while it runs. */
  endedAt: Date | null
  outcome: Outcome
  /** JSON as Step Functions shows it; null if there is none. */
  input: string | null
  output: string | null
}

/** What one invocation of `export-chunk` wrote. */
export interface ChunkSample {
  /** The index of its range. */
  range: number
  rows: number
  bytes: number
  startedAt: Date
  finishedAt: Date
}

/** What an execution did, state by state. */
export interface Trace {
  /** In the order in which the states were entered. */
  visits: StateVisit[]
  chunks: ChunkSample[]
}

/** @param events the whole history, oldest first */
export function traceOf(events: readonly HistoryEvent[]): Trace {
  const visits: StateVisit[] = []
  const chunks: ChunkSample[] = []
  const open = new Set<StateVisit>()
  const visitOf = new Map<number, StateVisit | undefined>()
  for (const event of events) {
    const type = event.type!
    const timestamp = event.timestamp!
    const entered = event.stateEnteredEventDetails
    if (entered) {
      const visit: StateVisit = {
        state: entered.name!,
        startedAt: timestamp,
        endedAt: null,
        outcome: 'running',
        input: entered.input ?? null,
        output: null,
      }
      visits.push(visit)
      open.add(visit)
      visitOf.set(event.id!, visit)
      continue
    }
    const exited = event.stateExitedEventDetails
    if (exited) {
      const visit = left(exited.name!, visitOf.get(event.previousEventId!), open)
      if (!visit) continue
      open.delete(visit)
      visit.endedAt = timestamp
      visit.output = exited.output ?? null
      if (visit.outcome === 'running') visit.outcome = 'succeeded'
      if (visit.state === 'ExportChunk' && visit.outcome === 'succeeded') chunks.push(...sampleOf(visit.output))
      continue
    }
    const visit = visitOf.get(event.previousEventId!)
    visitOf.set(event.id!, visit)
    // A redrive continues the visits that had failed when the execution ended.
    if (type === 'ExecutionRedriven') {
      for (const each of open) Object.assign(each, { outcome: 'running', endedAt: null })
    }
    // A further attempt cancels a failure.
    if (visit && type === 'TaskScheduled') visit.outcome = 'running'
    else if (visit && /(Failed|TimedOut|Aborted)$/.test(type) && !type.startsWith('MapIteration'))
      visit.outcome = 'failed'
    if (/^Execution(Failed|TimedOut|Aborted)$/.test(type)) {
      for (const each of open) Object.assign(each, { outcome: 'failed', endedAt: timestamp })
    }
  }
  return { visits, chunks }
}

/**
 * Returns the visit that was left, found by the chain of events; if ranges end concurrently, the first one that is
 * still open.
 */
function left(name: string, byChain: StateVisit | undefined, open: ReadonlySet<StateVisit>): StateVisit | undefined {
  if (byChain?.state === name && open.has(byChain)) return byChain
  return [...open].find(({ state }) => state === name)
}

function sampleOf(output: string | null): ChunkSample[] {
  const { range } = JSON.parse(output ?? '{}') as { range?: { index: number; last?: Chunk | null } }
  if (!range?.last) return []
  const { rows, bytes, startedAt, finishedAt } = range.last
  return [{ range: range.index, rows, bytes, startedAt: new Date(startedAt), finishedAt: new Date(finishedAt) }]
}
