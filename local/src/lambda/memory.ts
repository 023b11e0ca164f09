/**
 * Keeps an execution environment within its memory. Node limits a worker's heap but not its Buffers, and if a single
 * allocation exceeds the heap's limit by more than 16 MiB (a growing Map suffices), Node aborts the whole process
 * instead of the worker. So Node's limit is set far higher as a last resort, and this watch ends the environment at the
 * function's own memory.
 */
import type { ResourceLimits, Worker } from 'node:worker_threads'
import { type MemoryUse, memoryUse, type ToWorker } from './worker-protocol.ts'

const MIB = 1024 * 1024
/** Memory of an idle Node 24 on Lambda. Here all environments share it, but on Lambda a function must fit beside it. */
const RUNTIME_BYTES = 45 * MIB
/** V8 allocates at most 1 GiB at once in its heap. */
const HEAP_RESERVE_MB = 1024 + 256
const SAMPLE_MILLIS = 20
/** Garbage counts as used until it is collected; memory above the limit for this long is not garbage. */
const GARBAGE_MILLIS = 400
/** Beyond this the environment ends without waiting for a collection. */
const OVERSHOOT_BYTES = 256 * MIB
/** V8 leaves at most this much garbage in Buffers, whatever the limit. */
const EXTERNAL_GARBAGE_BYTES = 64 * MIB

/** Limits of the worker, high enough not to end it except in pathological cases. */
export function resourceLimits(memoryMB: number): ResourceLimits {
  // The Node runtime gives a tenth of the memory to the young generation, which makes collection behave as on AWS.
  return { maxOldGenerationSizeMb: memoryMB + HEAP_RESERVE_MB, maxYoungGenerationSizeMb: Math.ceil(memoryMB / 10) }
}

export interface MemoryWatch {
  /** Adds a measurement. @returns whether the environment must end */
  exceededBy(use: MemoryUse): boolean
  /** The highest measurement, at most the function's memory. */
  readonly peakMB: number
  /** Starts sampling; `exceeded` is called at most once. */
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
    // Answered by an interrupt, so even by a worker that never returns to its event loop. Rejects before the worker
    // runs and after it has ended.
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
