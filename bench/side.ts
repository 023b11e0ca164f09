/** One side of the comparison. */
import type { Bench } from './bench.ts'
import type { Outcome, Task } from './task.ts'

export interface Side {
  name: string
  what: string
  /** For a peer, the side of Carryout that it is compared with. Absent for Carryout's sides, which are compared with `carryout`. */
  peerOf?: 'carryout' | 'carryoutXlsx' | 'carryoutGzip' | 'carryoutZstd' | 'carryoutParquet'
  /** Upper limit of rows for a slow side, whose rows per second do not depend on the number of rows. */
  mostRows?: number
  /** Whether the side also runs with few rows, to separate the cost of a run from the cost of a row. */
  isSized?: boolean
  /** Prepares the side. @returns why it cannot run here; null if it can */
  obstacle(bench: Bench): Promise<string | null>
  run(task: Task, bench: Bench): Promise<Outcome>
}
