/**
 * Lambda: the functions of the template, each with its environments and its reserved concurrency.
 */

import { createHash, randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { awsArn } from '../arn.ts'
import { type Disk, watchDisk } from '../disk.ts'
import type { Logs } from '../logs/logs.ts'
import { AwsError } from '../protocol.ts'
import { type FunctionDefinition, logGroupOf } from './definition.ts'
import { createEnvironment, EnvironmentStopped } from './environment.ts'
import { createEnvironmentPool } from './environment-pool.ts'
import { functionUrls } from './function-url.ts'
import { createLater, type SendFailure } from './later.ts'
import { type InvokeOptions, type InvokeResult, type Lambda, type Refusal, TooManyRequests } from './port.ts'
import { restApi } from './rest-api.ts'
import { invokeForStates } from './states.ts'

/** Used if the role may not write logs. */
const SILENT = { write: () => undefined }

interface LocalFunction {
  definition: FunctionDefinition
  running: number
}

export function createLambda(options: {
  region: string
  accountId: string
  /** The value of `AWS_ENDPOINT_URL` in functions. */
  endpointUrl: string
  logs: Logs
  /** Stores asynchronous invocations until they have ended. */
  store: DatabaseSync
  /** Sends failed events to a function's dead-letter queue or failure destination; by default they are dropped. */
  sendFailure?: SendFailure | undefined
  /** Directory of Node's compiled code of the functions; none by default. */
  compileCache?: string | undefined
  /** Whether the function's role may write its logs; otherwise they are lost. Allowed by default. */
  mayLog?: ((definition: FunctionDefinition) => boolean) | undefined
  /** Whether anyone may call the function's URL; allowed by default. */
  mayInvokeByUrl?: ((definition: FunctionDefinition) => boolean) | undefined
  /** Factor for the delays between asynchronous attempts. */
  delayScale?: number | undefined
  now?: () => number
  disk?: Disk | undefined
}): Lambda {
  const { region, accountId, endpointUrl, logs, store, sendFailure = () => undefined, now = Date.now } = options
  const functions = new Map<string, LocalFunction>()
  const pool = createEnvironmentPool(({ definition }: LocalFunction) =>
    createEnvironment(definition, {
      ...{ region, endpointUrl, now, compileCache: options.compileCache },
      logs: options.mayLog?.(definition) === false ? SILENT : logs,
    }),
  )
  const refusals = new Map<string, Refusal[]>()
  const stopping = new AbortController()
  // A worker's own TZ has no effect: all threads share the process's time zone, which is UTC on Lambda.
  process.env.TZ = 'UTC'

  const arnOf = (name: string) => awsArn('lambda', `function:${name}`, { region, accountId })

  function find(nameOrArn: string): LocalFunction {
    const [name = '', qualifier = '$LATEST'] = nameOrArn
      .replace(/^(arn:aws:lambda:[^:]*:)?([^:]*:)?function:/, '')
      .split(':')
    const found = functions.get(name)
    if (!found || qualifier !== '$LATEST') {
      const arn = arnOf(name) + (qualifier === '$LATEST' ? '' : `:${qualifier}`)
      throw new AwsError('ResourceNotFoundException', `Function not found: ${arn}`, 404)
    }
    return found
  }

  async function run(
    owner: LocalFunction,
    payload: string,
    { requestId = randomUUID(), clientContext, trace }: InvokeOptions,
  ) {
    owner.running++
    const environment = pool.take(owner)
    try {
      const outcome = await environment.invoke({
        requestId,
        payload,
        ...(clientContext !== undefined && { clientContext }),
        ...(trace !== undefined && { trace }),
      })
      return { ...outcome, executedVersion: '$LATEST', requestId } as const
    } catch (error) {
      if (error instanceof EnvironmentStopped) throw new AwsError('ServiceException', error.message, 500)
      throw error
    } finally {
      owner.running--
      pool.giveBack(owner, environment)
    }
  }

  async function invoke(nameOrArn: string, payload: string, invokeOptions: InvokeOptions = {}): Promise<InvokeResult> {
    const owner = find(nameOrArn)
    if (stopping.signal.aborted) throw new AwsError('ServiceException', 'The local cloud is stopping.', 500)
    invokeOptions.signal?.throwIfAborted()
    const refusal = refusals.get(owner.definition.name)?.find(({ times }) => times > 0)
    if (refusal) {
      refusal.times--
      throw new AwsError(refusal.code, `The function ${owner.definition.name} is not ready.`, refusal.status ?? 502)
    }
    if (owner.running >= (owner.definition.reservedConcurrency ?? Number.POSITIVE_INFINITY)) throw new TooManyRequests()
    return leavable(run(owner, payload, invokeOptions), invokeOptions.signal)
  }

  const later = createLater({
    store,
    invoke: (name, payload, requestId) => invoke(name, payload, { requestId }),
    definitionOf: (name) => find(name).definition,
    sendFailure,
    now,
    delayScale: options.delayScale ?? 1,
    signal: stopping.signal,
    disk: options.disk ?? watchDisk(),
  })

  const lambda: Lambda = {
    createFunction(definition) {
      const before = functions.get(definition.name)
      functions.set(definition.name, { definition, running: 0 })
      if (before) pool.retire(before)
      logs.createGroup(logGroupOf(definition))
    },
    getFunction: (nameOrArn) => find(nameOrArn).definition,
    listFunctions: () => [...functions.values()].map(({ definition }) => definition),
    async warm(nameOrArn) {
      const owner = find(nameOrArn)
      if (stopping.signal.aborted || owner.running > 0) return
      const environment = pool.take(owner)
      // Given to the next invocation at once, which waits for it to load.
      pool.giveBack(owner, environment)
      await environment.load()
    },
    invoke,
    invokeLater: (nameOrArn, payload, requestId) => later.accept(find(nameOrArn).definition.name, payload, requestId),
    resume: () => later.resume(),
    pendingEvents: () => later.pending(),
    configureEvents(nameOrArn, asynchronous) {
      find(nameOrArn).definition.asynchronous = asynchronous
    },
    refuse(nameOrArn, refusal) {
      const { name } = find(nameOrArn).definition
      refusals.set(name, [...(refusals.get(name) ?? []), { ...refusal }])
    },
    invokeForStates: (nameOrArn, payload, signal) => invokeForStates(lambda, nameOrArn, payload, signal),
    createFunctionUrl(nameOrArn, { authType }) {
      const { arn, name } = find(nameOrArn).definition
      const id = createHash('sha256').update(arn).digest('hex').slice(0, 32)
      urls.add(id, { name, authType })
      return `${endpointUrl}/lambda-url/${id}/`
    },
    async stop() {
      stopping.abort()
      await pool.stop()
    },
    get handler() {
      return rest
    },
    get functionUrlHandler() {
      return urls.handler
    },
  }
  const urls = functionUrls({ lambda, accountId, mayInvoke: options.mayInvokeByUrl })
  const rest = restApi({ lambda })
  return lambda
}

/**
 * Waits for an invocation. If the caller leaves (StopExecution, a closed connection), the invocation still runs to its
 * end and keeps its slot, as on Lambda.
 */
function leavable<T>(running: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return running
  return new Promise<T>((resolve, reject) => {
    const leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    running.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
