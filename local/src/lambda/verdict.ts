/** What the platform makes of the end of an invocation: the caller's answer, and the lines in the log. */
import type { FromWorker, RuntimeError } from './worker-protocol.ts'

/** Slightly over 6 MiB, as in the platform's message. */
const RESPONSE_BYTES = 6_291_556

/** Why the worker's current phase (its init or an invocation) ended. */
export type End =
  | Extract<FromWorker, { type: 'ready' | 'result' | 'error' }>
  | { type: 'exit'; code: number }
  | { type: 'timeout' }
  | { type: 'memory'; signal: 'killed' | 'aborted' }
  | { type: 'stopped' }

/** What the caller gets, and what the REPORT line says. */
export interface Verdict {
  payload: string
  error?: { type: string; status: 'error' | 'timeout'; log?: string }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html and, for exits, the platform's own messages. */
export function verdictOn(end: Exclude<End, { type: 'stopped' }>, requestId: string, timeoutSeconds: number): Verdict {
  if (end.type === 'result') {
    const bytes = Buffer.byteLength(end.payload)
    if (bytes <= RESPONSE_BYTES) return { payload: end.payload }
    return failed({
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${RESPONSE_BYTES} bytes).`,
    })
  }
  if (end.type === 'error') return failed(end.error)
  if (end.type === 'timeout') {
    const message = `Task timed out after ${timeoutSeconds.toFixed(2)} seconds`
    const errorType = 'Sandbox.Timedout'
    const payload = JSON.stringify({ errorType, errorMessage: `RequestId: ${requestId} Error: ${message}` })
    return { payload, error: { type: errorType, status: 'timeout', log: message } }
  }
  const reason =
    end.type === 'memory'
      ? exited(`signal: ${end.signal}`)
      : end.type === 'exit' && end.code !== 0
        ? exited(`exit status ${end.code}`)
        : exited()
  const errorMessage = `RequestId: ${requestId} Error: ${reason}`
  const payload = JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage })
  const type = end.type === 'memory' ? 'Runtime.OutOfMemory' : 'Runtime.ExitError'
  return { payload, error: { type, status: 'error', log: `${errorMessage}\nRuntime.ExitError` } }
}

function exited(how?: string): string {
  return how === undefined ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`
}

function failed(error: RuntimeError): Verdict {
  return { payload: JSON.stringify(error), error: { type: error.errorType, status: 'error' } }
}

/** Returns the platform's last line about an invocation. */
export function reportLine({
  requestId,
  millis,
  initMillis,
  memoryMB,
  peakMB,
  error,
}: {
  requestId: string
  millis: number
  /** Undefined if the environment was warm. */
  initMillis: number | undefined
  memoryMB: number
  peakMB: number
  error: Verdict['error']
}): string {
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${millis.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(millis + (initMillis ?? 0))} ms`,
    `Memory Size: ${memoryMB} MB`,
    `Max Memory Used: ${peakMB} MB`,
    ...(initMillis === undefined ? [] : [`Init Duration: ${initMillis.toFixed(2)} ms`]),
    ...(error ? [`Status: ${error.status}`] : []),
    ...(error?.status === 'error' ? [`Error Type: ${error.type}`] : []),
  ]
  return `${fields.join('\t')}\t`
}
