/**
 * Wraps every handler: structured logs with the request's id in each line, and errors that reveal no more than they
 * must.
 */
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { plainText } from './plain-text.ts'

export const logger = new Logger({ serviceName: 'carryout' })

/** Adds the request's id to all further lines of this invocation's log. */
export function logRequest(id: string | undefined) {
  logger.appendKeys({ requestId: id ?? 'unknown' })
}

/**
 * Wraps a state's handler.
 *
 * An error is logged once, with name and message, and passed to Step Functions with its name, which Retry and Catch
 * match. Its stack trace is removed, because it would only fill the execution's history and the e-mail.
 */
export function step<Input, Output>(run: (input: Input, context: Context) => Promise<Output>) {
  return middy<Input, Output>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({ onError: ({ error }) => report(error) })
    .handler(run)
}

/** The state machine cuts a cause at 8,000 characters, which would break its JSON, and the e-mail quotes it. */
const MESSAGE_BYTES = 2_000

function report(error: unknown) {
  if (!(error instanceof Error)) return
  const message = plainText(error.message, MESSAGE_BYTES)
  // A timeout is a DOMException, whose message cannot be assigned.
  Object.defineProperty(error, 'message', { value: message, writable: true, configurable: true })
  logger.error(error.message, { error: error.name, cause: causeOf(error) })
  error.stack = error.name
}

/** Returns the cause's name only: its message may quote a row or a secret. */
function causeOf(error: Error): string | undefined {
  return error.cause instanceof Error ? error.cause.name : undefined
}
