/** What may be said of something that an export's own function threw. */

/** Its name, if that is a word: whatever else stands there may be data or a secret. Anything can be thrown. */
export function thrownName(error: unknown): string {
  try {
    if (typeof error !== 'object' || error === null) return `a ${typeof error}`
    const { name } = error as { name?: unknown }
    return typeof name === 'string' && /^[A-Za-z_$][\w$]{0,63}$/.test(name) ? name : 'an error'
  } catch {
    return 'an error'
  }
}
