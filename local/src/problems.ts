import type { z } from 'zod'

/** What a check refused, as one line: where, and what was expected. */
export function problemsIn({ issues }: z.core.$ZodError): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`))
    .join('; ')
}
