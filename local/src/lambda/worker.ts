/**
 * The runtime inside an execution environment, like `/var/runtime` on AWS. Node runs this file with its own type
 * stripping, so it imports only Node and neighbouring files.
 *
 * @see https://github.com/aws/aws-lambda-nodejs-runtime-interface-client, whose behaviour it follows
 */
import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { captureOutput, logError, setRequestId } from './worker-console.ts'
import { JSONStringifyError, runtimeError, UnhandledPromiseRejection } from './worker-errors.ts'
import { type Context, loadHandler, type UserHandler } from './worker-loader.ts'
import {
  COMPILE_CACHE,
  type FromWorker,
  memoryUse,
  monotonicMillis,
  type ToWorker,
  type WorkerData,
} from './worker-protocol.ts'

/** The Node runtime's exit codes, which tell the platform what happened. */
const EXIT_CODES = { unhandledRejection: 128, uncaughtException: 129 }

if (!parentPort) throw new Error('This file runs as the worker of an execution environment.')
const port = parentPort
const post = (message: FromWorker) => port.postMessage(message)
const { codeDirectory, handler: handlerName } = workerData as WorkerData
// Node has already read it, and Lambda does not set it.
delete process.env[COMPILE_CACHE]

captureOutput((text, raw) => post({ type: 'output', text, raw }))

process.on('uncaughtException', (error) => {
  logError('Uncaught Exception', error)
  fail(error, true)
  process.exit(EXIT_CODES.uncaughtException)
})
process.on('unhandledRejection', (reason) => {
  const error = new UnhandledPromiseRejection(reason)
  logError('Unhandled Promise Rejection', error)
  fail(error, true)
  process.exit(EXIT_CODES.unhandledRejection)
})

function fail(error: unknown, ends: boolean) {
  post({ type: 'error', error: runtimeError(error), ends, memory: memoryUse(v8.getHeapStatistics()) })
}

async function invoke(handler: UserHandler, message: Extract<ToWorker, { type: 'invoke' }>) {
  setRequestId(message.requestId)
  process.env._X_AMZN_TRACE_ID = message.traceId
  // While the handler runs, only its own work keeps the event loop alive. A handler that waits for something that can
  // no longer happen ends its environment, as on AWS, instead of hanging until its timeout.
  port.unref()
  try {
    const result = await handler(JSON.parse(message.payload), contextOf(message))
    post({ type: 'result', payload: serialized(result), memory: memoryUse(v8.getHeapStatistics()) })
  } catch (error) {
    logError('Invoke Error', error)
    fail(error, false)
  } finally {
    port.ref()
  }
}

function serialized(result: unknown): string {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null'
  } catch (error) {
    throw new JSONStringifyError('Unable to stringify response body', { cause: error })
  }
}

function contextOf(message: Extract<ToWorker, { type: 'invoke' }>): Context {
  const { env } = process
  return {
    awsRequestId: message.requestId,
    invokedFunctionArn: message.functionArn,
    functionName: String(env.AWS_LAMBDA_FUNCTION_NAME),
    functionVersion: String(env.AWS_LAMBDA_FUNCTION_VERSION),
    memoryLimitInMB: String(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE),
    logGroupName: String(env.AWS_LAMBDA_LOG_GROUP_NAME),
    logStreamName: String(env.AWS_LAMBDA_LOG_STREAM_NAME),
    clientContext: message.clientContext === undefined ? undefined : JSON.parse(message.clientContext),
    identity: undefined,
    xRayTraceId: message.traceId,
    getRemainingTimeInMillis: () => message.deadline - monotonicMillis(),
  }
}

let collectGarbage: (() => void) | undefined
function collect() {
  if (!collectGarbage) {
    v8.setFlagsFromString('--expose-gc')
    collectGarbage = runInNewContext('gc') as () => void
  }
  collectGarbage()
}

try {
  const handler = await loadHandler(codeDirectory, handlerName)
  port.on('message', (message: ToWorker) => {
    if (message.type === 'collect') collect()
    else void invoke(handler, message)
  })
  post({ type: 'ready' })
} catch (error) {
  logError('Uncaught Exception', error)
  fail(error, true)
  process.exit(EXIT_CODES.uncaughtException)
}
