import { isUserError as isCloudError } from '@carryout/local'
import { SynthFailed } from './app.ts'

/** Whether the message says all that the person at the keyboard needs, and a stack trace nothing. */
export function isUserError(error: unknown): error is Error {
  return error instanceof SynthFailed || isCloudError(error)
}
