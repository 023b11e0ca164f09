/** Describes what an export's own function threw. */

/**
 * Returns an error's name if it is a single word. Anything else may be data or a secret, and anything can be thrown.
 */
export function thrownName(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return `a ${typeof error}`
    const { name } = error as { name?: unknown }
    return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : 'an error'
  } catch {
    return 'an error'
  }
}
