/** What the local cloud and the worker of an execution environment say to each other. */
import type { Worker } from 'node:worker_threads'

/** The variable that Node reads when a worker starts: where it keeps compiled code. */
export const COMPILE_CACHE = 'NODE_COMPILE_CACHE'

/** Lambda's form of an error, in the order in which the Node runtime writes its fields. */
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
  /** Collect garbage, so that what is then in use is really needed. */
  | { type: 'collect' }

export type FromWorker =
  | { type: 'ready' }
  /** One log event (`console.log`), or raw output that becomes one event per line. */
  | { type: 'output'; text: string; raw: boolean }
  /** `payload` is JSON. */
  | { type: 'result'; payload: string; memory: MemoryUse }
  /** `ends`: the environment cannot be used again. */
  | { type: 'error'; error: RuntimeError; ends: boolean; memory: MemoryUse }

/** Bytes, of one environment. */
export interface MemoryUse {
  /** The JavaScript heap, garbage included. */
  heap: number
  /** Buffers and other memory that V8 knows of outside its heap. */
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
