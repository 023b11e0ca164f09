/**
 * The sentence in a failure's cause. Of a Lambda error AWS hands on JSON (`{ errorType, errorMessage, trace }`), of
 * its own errors a sentence.
 */
export function readCause(cause: string | undefined): string {
  if (!cause) return 'AWS gave no cause.'
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown }
    return typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : cause
  } catch {
    return cause
  }
}

const RESERVED = 'States.'

/** The name that `Halt` throws for an error: AWS keeps names that begin with `States.` for its own. */
export function thrownName(error: string): string {
  return error.startsWith(RESERVED) ? error.slice(RESERVED.length) : error
}

/** The error that `Halt` threw by another name, read from its cause; any other error as it is. */
export function originalError(error: string, cause: string | undefined): string {
  const [, original] = /^\w+: (States\.\w+): /.exec(readCause(cause)) ?? []
  return original !== undefined && thrownName(original) === error ? original : error
}

/** Of an execution that ended without an error of its own. */
const UNNAMED: Record<string, string> = { ABORTED: 'Aborted', TIMED_OUT: 'States.Timeout' }

/** The error of an execution that did not succeed, under the name that people see and that its advice has. */
export function errorName({ status, error, cause }: { status: string; error?: string | null; cause?: string | null }) {
  return error ? originalError(error, cause ?? undefined) : (UNNAMED[status] ?? status)
}

/** The error of a request that was cancelled while it waited, as people are told it; Step Functions knows none. */
export const CANCELLED = 'Cancelled'

export function cancellationSentence({ by }: { by: string }): string {
  return `Cancelled by ${by} while it waited.`
}
