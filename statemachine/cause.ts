/**
 * Returns the sentence in a failure's cause. For a Lambda error AWS passes JSON (`{ errorType, errorMessage, trace }`),
 * for its own errors a sentence.
 */
export function readCause(cause: string | null | undefined): string {
  if (!cause) return 'AWS gave no cause.'
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown }
    return typeof errorMessage === 'string' && errorMessage !== '' ? errorMessage : cause
  } catch {
    return cause
  }
}

const RESERVED = 'States.'

/** Returns the name that `Halt` throws for an error. AWS reserves names that begin with `States.`. */
export function thrownName(error: string): string {
  return error.startsWith(RESERVED) ? error.slice(RESERVED.length) : error
}

/**
 * Returns the original name of an error that `Halt` threw, read from its cause; any other error is returned unchanged.
 */
export function originalError(error: string, cause: string | null | undefined): string {
  const [, original] = /^\w+: (States\.\w+): /.exec(readCause(cause)) ?? []
  return original !== undefined && thrownName(original) === error ? original : error
}

/** Names for executions that ended without an error of their own. */
const UNNAMED: Record<string, string> = { ABORTED: 'Aborted', TIMED_OUT: 'States.Timeout' }

/** Returns the error of an unsuccessful execution, under the name that is shown and that advice exists for. */
export function errorName({ status, error, cause }: { status: string; error?: string | null; cause?: string | null }) {
  return error ? originalError(error, cause) : (UNNAMED[status] ?? status)
}

/** The error shown for a request that was cancelled while it waited. Step Functions has no error for it. */
export const CANCELLED = 'Cancelled'

export function cancellationSentence({ by }: { by: string }): string {
  return `Cancelled by ${by} while it waited.`
}
