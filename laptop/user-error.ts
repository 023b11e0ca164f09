import { isUserError as isCloudError } from '@carryout/local'
import { SynthFailed } from './app.ts'

/** Whether the message is sufficient for the user, without a stack trace. */
export function isUserError(error: unknown): error is Error {
  return error instanceof SynthFailed || isCloudError(error)
}
