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
import { createInvocationLog } from './invocation-log.ts'
import { type MemoryWatch, resourceLimits, watchMemory } from './memory.ts'
import { traceOfCall } from './recursion.ts'
import { type End, reportLine, verdictOn } from './verdict.ts'
import { COMPILE_CACHE, type FromWorker, monotonicMillis, type ToWorker, type WorkerData } from './worker-protocol.ts'

/** The worker's file, compiled if this one is. */
const WORKER = `./worker${extname(import.meta.url)}`
const INIT_MILLIS = 10_000
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
  /** Loads the function ahead of its first invocation, which waits for it. Resolves when it is loaded, or cannot be. */
  load(): Promise<void>
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
  const log = createInvocationLog((message) => logs.write({ group, stream, message, timestamp: now() }))
  const timeoutMillis = definition.timeoutSeconds * 1000
  let worker: Worker | undefined
  let init: ReturnType<typeof initialize> | undefined
  let memory: MemoryWatch | undefined
  let finish: ((end: End) => void) | undefined
  let isInvoked = false
  let usable = true
  let stopped = false

  function start() {
    try {
      startWorker()
    } catch (error) {
      // Node refused the function's NODE_OPTIONS, or the bundle is missing.
      log.print(`${error instanceof Error ? error.message : error}\n`)
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
    for (const stdio of [started.stdout, started.stderr]) stdio.setEncoding('utf8').on('data', log.print)
    started.on('message', (message: FromWorker) => {
      if (started !== worker) return
      if (message.type === 'output') (message.raw ? log.print : log.write)(message.text)
      else end(message)
    })
    started.on('error', (error: NodeJS.ErrnoException) => {
      if (started !== worker) return
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end({ type: 'memory', signal: 'aborted' })
      else log.print(`${error.stack ?? error}\n`)
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
    log.flush()
  }

  async function initialize(): Promise<{ end: End; millis: number }> {
    const begun = performance.now()
    log.write(
      `INIT_START Runtime Version: nodejs:${process.versions.node}\tRuntime Version ARN: ${awsArn('lambda', 'runtime:local', { region })}`,
    )
    const how = await phase(INIT_MILLIS, start)
    const millis = performance.now() - begun
    if (how.type === 'timeout')
      log.write(`INIT_REPORT Init Duration: ${millis.toFixed(2)} ms\tPhase: init\tStatus: timeout`)
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
    log.begin()
    let how: End | undefined
    let initMillis: number | undefined
    if (!isInvoked) {
      isInvoked = true
      init ??= initialize()
      const { end, millis } = await init
      initMillis = millis
      if (end.type !== 'ready') how = end
    }
    log.write(`START RequestId: ${requestId} Version: $LATEST`)
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
    const { payload, error } = verdictOn(how, requestId, definition.timeoutSeconds)
    log.flush()
    if (error?.log !== undefined)
      log.write(`${error.status === 'timeout' ? `${new Date(now()).toISOString()} ${requestId} ` : ''}${error.log}`)
    log.write(`END RequestId: ${requestId}`)
    log.write(
      reportLine({ requestId, millis, initMillis, memoryMB: definition.memoryMB, peakMB: memory?.peakMB ?? 0, error }),
    )
    return { payload, ...(error && { functionError: 'Unhandled' }), logTail: log.tail() }
  }

  return {
    async load() {
      init ??= initialize()
      await init
    },
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
