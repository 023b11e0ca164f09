/**
 * A function's output. It uses the same port as the result, so that the log has every line before the END of its
 * invocation; a worker's stdio would arrive later.
 */
import { format, types } from 'node:util'

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' } as const

// The runtime writes the literal “undefined” for output before the first invocation.
let requestId = 'undefined'

export function setRequestId(id: string) {
  requestId = id
}

/** Passes output of `console` (one event per call), stdout and stderr (raw) to `send`. */
export function captureOutput(send: (text: string, raw: boolean) => void) {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...values: unknown[]) =>
      send(`${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}`, false)
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (chunk: string | Uint8Array, encoding?: unknown, callback?: unknown): boolean => {
      send(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(), true)
      const done = typeof encoding === 'function' ? encoding : callback
      if (typeof done === 'function') queueMicrotask(() => done())
      return true
    }
  }
}

/** Writes the runtime's line about an error, with its additional fields. */
export function logError(kind: string, error: unknown) {
  console.error(kind, `\t${describe(error)}`)
}

function describe(error: unknown): string {
  const fields = (_key: string, value: unknown) =>
    types.isNativeError(value)
      ? {
          errorType: value.name,
          errorMessage: value.message,
          code: (value as NodeJS.ErrnoException).code,
          ...value,
          stack: value.stack?.split('\n'),
        }
      : value
  const subject = types.isNativeError(error) ? error : new Error(String(error))
  try {
    return JSON.stringify(subject, fields)
  } catch {
    return JSON.stringify({ errorType: subject.name, errorMessage: subject.message, stack: subject.stack?.split('\n') })
  }
}
