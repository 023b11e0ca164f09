/**
 * Keeps an execution environment within its memory. Node limits a worker's heap, but not its Buffers, and where a
 * single allocation overshoots the heap's limit by more than 16 MiB (a Map that grows is enough) Node does not end the
 * worker but aborts the whole process. So the limit that Node enforces is a last resort far above, and this watch ends the
 * environment at the function's own memory.
 */
import type { ResourceLimits, Worker } from 'node:worker_threads'
import { type MemoryUse, memoryUse, type ToWorker } from './worker-protocol.ts'

const MIB = 1024 * 1024
/** What an idle Node 24 occupies on Lambda; here all environments share it, but a function must fit there too. */
const RUNTIME_BYTES = 45 * MIB
/** V8 allocates nothing larger than 1 GiB at once in its heap. */
const HEAP_RESERVE_MB = 1024 + 256
const SAMPLE_MILLIS = 20
/** Garbage counts as used until it is collected; what stays above the limit for so long is none. */
const GARBAGE_MILLIS = 400
/** Beyond this nobody waits for a collection. */
const OVERSHOOT_BYTES = 256 * MIB
/** Of Buffers V8 leaves no more garbage than this, whatever the limit. */
const EXTERNAL_GARBAGE_BYTES = 64 * MIB

/** For the worker: high enough never to be what ends it, in all but pathological cases. */
export function resourceLimits(memoryMB: number): ResourceLimits {
  // The Node runtime gives a tenth of the memory to the young generation; collection behaves as on AWS with it.
  return { maxOldGenerationSizeMb: memoryMB + HEAP_RESERVE_MB, maxYoungGenerationSizeMb: Math.ceil(memoryMB / 10) }
}

export interface MemoryWatch {
  /** Takes a measurement into account. @returns whether it shows that the environment must end. */
  exceededBy(use: MemoryUse): boolean
  /** The most that was seen, never more than the function has. */
  readonly peakMB: number
  /** Begins to sample; `exceeded` is called at most once. */
  start(exceeded: () => void): void
  stop(): void
}

export function watchMemory(worker: Worker, memoryMB: number): MemoryWatch {
  const limit = memoryMB * MIB
  let peak = RUNTIME_BYTES
  let timer: NodeJS.Timeout | undefined
  let aboveSince: number | undefined

  function exceededBy(use: MemoryUse): boolean {
    const bytes = RUNTIME_BYTES + use.heap + use.external
    peak = Math.max(peak, bytes)
    if (bytes <= limit) {
      aboveSince = undefined
      return false
    }
    if (bytes > limit + OVERSHOOT_BYTES) return true
    if (RUNTIME_BYTES + use.external > limit + EXTERNAL_GARBAGE_BYTES) return true
    if (aboveSince !== undefined) return performance.now() - aboveSince > GARBAGE_MILLIS
    aboveSince = performance.now()
    worker.postMessage({ type: 'collect' } satisfies ToWorker)
    return false
  }

  async function sample(exceeded: () => void) {
    // Answered by an interrupt, so also by a worker that never returns to its event loop; rejects before the worker runs
    // and after it ended.
    const statistics = await worker.getHeapStatistics().catch(() => undefined)
    if (timer === undefined) return
    if (statistics && exceededBy(memoryUse(statistics))) exceeded()
    else timer = setTimeout(sample, SAMPLE_MILLIS, exceeded)
  }

  return {
    exceededBy,
    get peakMB() {
      return Math.min(Math.ceil(peak / MIB), memoryMB)
    },
    start(exceeded) {
      timer = setTimeout(sample, SAMPLE_MILLIS, exceeded)
    },
    stop() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
