/** One side of the comparison. */
import type { Bench } from './bench.ts'
import type { Outcome, Task } from './task.ts'

export interface Side {
  name: string
  what: string
  /** The side of ours that is measured against this one; a side of ours is compared with `carryout`. */
  peerOf?: 'carryout' | 'carryoutXlsx' | 'carryoutGzip' | 'carryoutZstd' | 'carryoutParquet'
  /** What is slow is given no more rows than these: its rows per second are as true. */
  mostRows?: number
  /** It is run with few rows, too, so that what a run costs is known apart from what a row costs. */
  isSized?: boolean
  /** Prepares it. @returns why it cannot run here; null when it can */
  obstacle(bench: Bench): Promise<string | null>
  run(task: Task, bench: Bench): Promise<Outcome>
}
