/** Computes how long an execution has run. */

/** The time from a start or a replay to its end. Between two runs an execution waits for a person to replay it. */
export interface Run {
  startedAt: Date
  /** Null while it runs. */
  stoppedAt: Date | null
}

/** Returns the total running time, without the idle time before a replay. */
export function elapsedMillis({ runs }: { runs: readonly Run[] }, now: Date): number {
  return runs.reduce((sum, { startedAt, stoppedAt }) => sum + (stoppedAt ?? now).getTime() - startedAt.getTime(), 0)
}
