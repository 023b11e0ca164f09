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
