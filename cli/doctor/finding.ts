/** What a check found, and what to do about it. */

export interface Finding {
  /** What was looked at: `Subscriptions`. */
  check: string
  /** `unknown` where it could not be looked at. */
  state: 'ok' | 'warning' | 'failed' | 'unknown'
  /** One sentence. */
  message: string
  /** What to change, where something is to be changed. */
  fix?: string
}

export const ok = (check: string, message: string): Finding => ({ check, state: 'ok', message })
export const warning = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'warning',
  message,
  fix,
})
export const failed = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'failed',
  message,
  fix,
})
export const unknown = (check: string, message: string, fix: string): Finding => ({
  check,
  state: 'unknown',
  message,
  fix,
})

const DENIED = ['AccessDenied', 'AccessDeniedException', 'AuthorizationError', 'UnauthorizedOperation']

/**
 * Looks; where AWS refuses to show, that is the finding.
 *
 * @param right that looking takes, as IAM names it
 */
export async function attempt(
  check: string,
  right: string,
  look: () => Promise<Finding | Finding[]>,
): Promise<Finding[]> {
  try {
    return [await look()].flat()
  } catch (error) {
    if (error instanceof Error && DENIED.includes(error.name)) {
      return [unknown(check, 'You may not look at this.', `Ask for the right ${right}, and try again.`)]
    }
    throw error
  }
}
