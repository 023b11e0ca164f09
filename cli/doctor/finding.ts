/** The result of a check, and what to do about it. */

export interface Finding {
  /** The subject of the check, such as `Subscriptions`. */
  check: string
  /** `unknown` if it could not be checked. */
  state: 'ok' | 'warning' | 'failed' | 'unknown'
  /** One sentence. */
  message: string
  /** What to change, if anything. */
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
 * Runs a check. If AWS denies access, that becomes the finding.
 *
 * @param right the permission that the check needs, by its IAM name
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
      return [
        unknown(check, 'You do not have permission to check this.', `Ask for the permission ${right}, and try again.`),
      ]
    }
    throw error
  }
}
