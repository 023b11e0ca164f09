import type { z } from 'zod'

/** Returns the problems of a check on one line: places, and what was expected. */
export function problemsIn({ issues }: z.core.$ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ')
}
