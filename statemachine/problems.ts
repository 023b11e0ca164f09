/** What is wrong with somebody's input, in sentences. */
import type { z } from 'zod'
import { nearest } from './nearest.ts'

/** One sentence part per problem: where, and what was expected. Values are not repeated: they may be anybody's data. */
export function problemsIn(error: z.ZodError, known: readonly string[], prefix: string): string {
  return error.issues
    .flatMap((issue) => {
      const path = issue.path.map(String)
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => {
          const meant = path.length === 0 ? nearest(key, known) : null
          const there = known.length > 0 ? `it takes ${known.join(', ')}` : 'it takes none'
          return `${prefix}${[...path, key].join('.')} is not known${meant ? `; did you mean ${meant}?` : ` (${there})`}`
        })
      }
      const missing = issue.code === 'invalid_type' && issue.input === undefined && /undefined$/.test(issue.message)
      return [
        `${prefix}${path.join('.')} ${missing ? `is missing (expected ${issue.expected})` : `is wrong: ${issue.message}`}`,
      ]
    })
    .join('; ')
}
