/** Refuses what is wrong with settings, with one sentence for each thing. */
import type { z } from 'zod'

/** What a check finds: where, and how the sentence goes on from there. */
export function issue(input: unknown, path: string[], message: string) {
  return { code: 'custom' as const, input, path, message }
}

/** @throws Error with one sentence for each thing that is wrong, beginning with where it is. */
export function accept<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const sentences = result.error.issues.map(sentence)
  throw new Error(`${what} cannot be deployed:\n${sentences.map((line) => `  ${line}.`).join('\n')}`)
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const name = where.replace(/^\./, '')
  switch (issue.code) {
    case 'unrecognized_keys':
      return `${name === '' ? '' : `${name}: `}there is no setting ${issue.keys.join(', ')}: correct the name or remove it`
    case 'invalid_value':
      return `${name} must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return `${name} is missing`
      return /^Invalid/.test(issue.message) ? `${name} must be a ${issue.expected}` : `${name} ${issue.message}`
    default:
      return `${name} ${issue.message}`
  }
}
