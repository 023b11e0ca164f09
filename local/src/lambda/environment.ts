/**
 * One execution environment: a worker that loads the function once and then runs one invocation at a time. Everything
 * that can end it is reported as Lambda does. A thread cannot have its own working directory, `/tmp` and file
 * descriptors: it shares those of the local cloud, and output to descriptor 1 is not in its log.
 */

import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { awsArn } from '../arn.ts'
import type { Logs } from '../logs/logs.ts'
import { environmentOf, type FunctionDefinition, logGroupOf } from './definition.ts'
import { type MemoryWatch, resourceLimits, watchMemory } from './memory.ts'
import { traceOfCall } from './recursion.ts'
import {
  COMPILE_CACHE,
  type FromWorker,
  monotonicMillis,
  type RuntimeError,
  type ToWorker,
  type WorkerData,
} from './worker-protocol.ts'

/** The worker's file, compiled if this one is. */
const WORKER = `./worker${extname(import.meta.url)}`
const INIT_MILLIS = 10_000
/** Slightly over 6 MiB, as in the platform's message. */
const RESPONSE_BYTES = 6_291_556
const TAIL_BYTES = 4096
/** Node's exit code for an invalid argument. */
const INVALID_ARGUMENT = 9

export interface Invocation {
  requestId: string
  /** JSON */
  payload: string
  /** JSON of the caller's client context. */
  clientContext?: string
  /** The trace of the caller. */
  trace?: string
}

export interface Outcome {
  /** JSON: the result, or the error with `functionError`. */
  payload: string
  functionError?: 'Unhandled'
  /** The last 4 KiB of the invocation's log. */
  logTail: string
}

export interface Environment {
  invoke(invocation: Invocation): Promise<Outcome>
  /** False once it cannot run further invocations. */
  readonly usable: boolean
  /** Ends the worker; a running invocation rejects with EnvironmentStopped. */
  stop(): Promise<void>
}

/** The local cloud stopped during the invocation, so there is neither a result nor a function error. */
export class EnvironmentStopped extends Error {
  constructor() {
    super('The local cloud is stopping; the invocation was interrupted.')
    this.name = 'EnvironmentStopped'
  }
}

/** Why the worker's current phase (its init or an invocation) ended. */
type End =
  | Extract<FromWorker, { type: 'ready' | 'result' | 'error' }>
  | { type: 'exit'; code: number }
  | { type: 'timeout' }
  | { type: 'memory'; signal: 'killed' | 'aborted' }
  | { type: 'stopped' }

/** What the caller gets, and what the REPORT line says. */
interface Verdict {
  payload: string
  error?: { type: string; status: 'error' | 'timeout'; log?: string }
}

export function createEnvironment(
  definition: FunctionDefinition,
  {
    region,
    endpointUrl,
    compileCache,
    logs,
    now,
  }: {
    region: string
    endpointUrl: string
    /** Directory of Node's compiled code. */
    compileCache?: string | undefined
    logs: Pick<Logs, 'write'>
    now: () => number
  },
): Environment {
  const group = logGroupOf(definition)
  const stream = `${new Date(now()).toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${randomBytes(16).toString('hex')}`
  const timeoutMillis = definition.timeoutSeconds * 1000
  let worker: Worker | undefined
  let memory: MemoryWatch | undefined
  let finish: ((end: End) => void) | undefined
  let usable = true
  let stopped = false
  let tail = ''
  let partial = ''

  function write(message: string) {
    tail = `${tail}${message.endsWith('\n') ? message : `${message}\n`}`.slice(-TAIL_BYTES)
    logs.write({ group, stream, message, timestamp: now() })
  }

  function output(text: string, raw: boolean) {
    if (!raw) return write(text)
    const lines = (partial + text).split('\n')
    partial = lines.pop() ?? ''
    for (const line of lines) write(line)
  }

  function flushOutput() {
    if (partial !== '') write(partial)
    partial = ''
  }

  function start() {
    try {
      startWorker()
    } catch (error) {
      // Node refused the function's NODE_OPTIONS, or the bundle is missing.
      output(`${error instanceof Error ? error.message : error}\n`, true)
      end({ type: 'exit', code: INVALID_ARGUMENT })
    }
  }

  function startWorker() {
    const codeDirectory = realpathSync(definition.codeDirectory)
    const started = new Worker(new URL(WORKER, import.meta.url), {
      name: definition.name,
      workerData: { codeDirectory, handler: definition.handler } satisfies WorkerData,
      env: {
        ...environmentOf({ ...definition, codeDirectory }, { region, endpointUrl, logStream: stream }),
        ...(compileCache !== undefined && { [COMPILE_CACHE]: compileCache }),
      },
      // Set explicitly, because otherwise the parent's options (a test runner's, for instance) would be inherited.
      execArgv: ['--experimental-strip-types', '--disable-warning=ExperimentalWarning'],
      resourceLimits: resourceLimits(definition.memoryMB),
      stdout: true,
      stderr: true,
    })
    // The function's own output arrives as messages; this is what Node itself writes.
    for (const stdio of [started.stdout, started.stderr])
      stdio.setEncoding('utf8').on('data', (text) => output(text, true))
    started.on('message', (message: FromWorker) => {
      if (started !== worker) return
      if (message.type === 'output') output(message.text, message.raw)
      else end(message)
    })
    started.on('error', (error: NodeJS.ErrnoException) => {
      if (started !== worker) return
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end({ type: 'memory', signal: 'aborted' })
      else output(`${error.stack ?? error}\n`, true)
    })
    started.on('exit', (code) => {
      if (started !== worker) return
      usable = false
      end({ type: 'exit', code })
    })
    memory = watchMemory(started, definition.memoryMB)
    worker = started
  }

  function end(how: End) {
    finish?.(how)
  }

  /**
   * Waits for the phase that `begin` starts. Whatever ends it first is the result; a broken worker is terminated then.
   */
  async function phase(millis: number, begin: () => void): Promise<End> {
    if (stopped) return { type: 'stopped' }
    const ended = new Promise<End>((resolve) => {
      finish = resolve
    })
    const timer = setTimeout(end, millis, { type: 'timeout' })
    try {
      begin()
      memory?.start(() => end({ type: 'memory', signal: 'killed' }))
      let how = await ended
      memory?.stop()
      if ((how.type === 'result' || how.type === 'error') && memory?.exceededBy(how.memory)) {
        how = { type: 'memory', signal: 'killed' }
      }
      const survives = how.type === 'ready' || how.type === 'result' || (how.type === 'error' && !how.ends)
      // The response waits until the worker has ended, so that its slot is free and its connections are closed.
      if (!survives) await kill()
      return how
    } finally {
      clearTimeout(timer)
      finish = undefined
    }
  }

  async function kill() {
    usable = false
    await worker?.terminate()
    flushOutput()
  }

  async function initialize(): Promise<{ end: End; millis: number }> {
    const begun = performance.now()
    write(
      `INIT_START Runtime Version: nodejs:${process.versions.node}\tRuntime Version ARN: ${awsArn('lambda', 'runtime:local', { region })}`,
    )
    const how = await phase(INIT_MILLIS, start)
    const millis = performance.now() - begun
    if (how.type === 'timeout')
      write(`INIT_REPORT Init Duration: ${millis.toFixed(2)} ms\tPhase: init\tStatus: timeout`)
    return { end: how, millis }
  }

  function send(worker: Worker, { requestId, payload, clientContext, trace }: Invocation, deadline: number) {
    worker.postMessage({
      type: 'invoke',
      requestId,
      functionArn: definition.arn,
      payload,
      deadline,
      traceId: traceOfCall(trace, definition.arn, now()),
      ...(clientContext !== undefined && { clientContext }),
    } satisfies ToWorker)
  }

  async function invoke(invocation: Invocation): Promise<Outcome> {
    const { requestId } = invocation
    tail = ''
    let how: End | undefined
    let initMillis: number | undefined
    if (!worker) {
      const init = await initialize()
      initMillis = init.millis
      if (init.end.type !== 'ready') how = init.end
    }
    write(`START RequestId: ${requestId} Version: $LATEST`)
    const begun = performance.now()
    if (how?.type === 'timeout') {
      // A function that takes over ten seconds to load is loaded again within its own timeout.
      initMillis = undefined
      usable = true
      how = await phase(timeoutMillis, start)
      if (how.type === 'ready') how = undefined
    }
    if (!how && worker) {
      const ready = worker
      const left = timeoutMillis - (performance.now() - begun)
      how = await phase(left, () => send(ready, invocation, monotonicMillis() + Math.floor(left)))
    }
    const millis = performance.now() - begun
    if (!how || how.type === 'stopped') throw new EnvironmentStopped()
    const { payload, error } = verdict(how, requestId, definition.timeoutSeconds)
    flushOutput()
    if (error?.log !== undefined)
      write(`${error.status === 'timeout' ? `${new Date(now()).toISOString()} ${requestId} ` : ''}${error.log}`)
    write(`END RequestId: ${requestId}`)
    write(report(requestId, millis, initMillis, error))
    return { payload, ...(error && { functionError: 'Unhandled' }), logTail: tail }
  }

  function report(requestId: string, millis: number, initMillis: number | undefined, error: Verdict['error']): string {
    const fields = [
      `REPORT RequestId: ${requestId}`,
      `Duration: ${millis.toFixed(2)} ms`,
      `Billed Duration: ${Math.ceil(millis + (initMillis ?? 0))} ms`,
      `Memory Size: ${definition.memoryMB} MB`,
      `Max Memory Used: ${memory?.peakMB ?? 0} MB`,
      ...(initMillis === undefined ? [] : [`Init Duration: ${initMillis.toFixed(2)} ms`]),
      ...(error ? [`Status: ${error.status}`] : []),
      ...(error?.status === 'error' ? [`Error Type: ${error.type}`] : []),
    ]
    return `${fields.join('\t')}\t`
  }

  return {
    invoke,
    get usable() {
      return usable && !stopped
    },
    async stop() {
      stopped = true
      end({ type: 'stopped' })
      await kill()
    },
  }
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html and, for exits, the platform's own messages. */
function verdict(end: Exclude<End, { type: 'stopped' }>, requestId: string, timeoutSeconds: number): Verdict {
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
