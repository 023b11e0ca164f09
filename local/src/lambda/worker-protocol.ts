/** The messages between the local cloud and an execution environment's worker. */
import type { Worker } from 'node:worker_threads'

/** The variable with the directory of compiled code, which Node reads when a worker starts. */
export const COMPILE_CACHE = 'NODE_COMPILE_CACHE'

/** Lambda's format of an error, with fields in the Node runtime's order. */
export interface RuntimeError {
  errorType: string
  errorMessage: string
  trace?: string[]
}

export interface WorkerData {
  codeDirectory: string
  /** `index.handler` */
  handler: string
}

export type ToWorker =
  | {
      type: 'invoke'
      requestId: string
      functionArn: string
      /** JSON */
      payload: string
      /** By `monotonicMillis`. */
      deadline: number
      traceId: string
      /** JSON of the caller's client context. */
      clientContext?: string
    }
  /** Collects garbage, so that only needed memory remains in use. */
  | { type: 'collect' }

export type FromWorker =
  | { type: 'ready' }
  /** One log event (`console.log`), or raw output with one event per line. */
  | { type: 'output'; text: string; raw: boolean }
  /** `payload` is JSON. */
  | { type: 'result'; payload: string; memory: MemoryUse }
  /** `ends` means that the environment cannot be used again. */
  | { type: 'error'; error: RuntimeError; ends: boolean; memory: MemoryUse }

/** Bytes, of one environment. */
export interface MemoryUse {
  /** The JavaScript heap, including garbage. */
  heap: number
  /** Buffers and other memory outside V8's heap. */
  external: number
}

type HeapStatistics = Awaited<ReturnType<Worker['getHeapStatistics']>>

export function memoryUse(
  statistics: Pick<HeapStatistics, 'used_heap_size' | 'external_memory' | 'malloced_memory'>,
): MemoryUse {
  return { heap: statistics.used_heap_size, external: statistics.external_memory + statistics.malloced_memory }
}

/** Milliseconds since some moment that is the same in all threads of a process, and that setting the clock does not move. */
export const monotonicMillis = () => Number(process.hrtime.bigint() / 1_000_000n)
