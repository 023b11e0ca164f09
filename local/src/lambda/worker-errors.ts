/** The Node runtime's own errors, and Lambda's format of any error. The names are AWS's. */
import { types } from 'node:util'
import type { RuntimeError } from './worker-protocol.ts'

abstract class RuntimeFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = `Runtime.${new.target.name}`
  }
}

/** The handler's file, or a module that it requires, does not exist. */
export class ImportModuleError extends RuntimeFailure {}
/** The handler's file does not parse. */
export class UserCodeSyntaxError extends RuntimeFailure {}
/** The file has no such export, or it is not a function. */
export class HandlerNotFound extends RuntimeFailure {}
/** The handler's name has no dot, or points outside of the bundle. */
export class MalformedHandlerName extends RuntimeFailure {}
/** The handler takes a callback, which the Node 24 runtime no longer supports. */
export class CallbackHandlerDeprecated extends RuntimeFailure {}
/** The handler's result cannot be converted to JSON. */
export class JSONStringifyError extends RuntimeFailure {}

/** A rejection was not handled; its reason becomes the message. */
export class UnhandledPromiseRejection extends RuntimeFailure {
  readonly reason: unknown
  constructor(reason: unknown) {
    super(String(reason))
    this.reason = reason
  }
}

/** Returns what the caller gets for any thrown value. */
export function runtimeError(error: unknown): RuntimeError {
  try {
    if (types.isNativeError(error) || error instanceof Error) {
      return { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] }
  } catch {
    return {
      errorType: 'handled',
      errorMessage:
        'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    }
  }
}
