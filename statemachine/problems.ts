/** What is wrong with somebody's input, in sentences: the one place where zod's issues become words. */
import type { z } from 'zod'
import { nearest } from './nearest.ts'

export interface Wording {
  /** Before each place, such as `params.` */
  prefix?: string
  /** The names that there are at a place; undefined where that is not known. */
  known?: (path: readonly PropertyKey[]) => readonly string[] | undefined
  /** Between the place and a message of the schema's own: ` is wrong: `, unless all messages go on from the place. */
  between?: string
}

/** One for each problem: where, and what was expected. Values are not repeated: they may be anybody's data. */
export function problemsIn(error: z.core.$ZodError, wording: Wording = {}): string[] {
  return error.issues.flatMap((issue) => describe(issue, wording))
}

function describe(issue: z.core.$ZodIssue, { prefix = '', known, between = ' is wrong: ' }: Wording): string[] {
  const where = prefix + placeOf(issue.path)
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${prefix}${placeOf([...issue.path, key])} is not known${hint(key, issue, known)}`)
    case 'invalid_type':
      if (/undefined$/.test(issue.message)) return [`${where} is missing (expected ${issue.expected})`]
      break
    case 'invalid_value':
      // Of zod's own words, which quote nothing.
      if (/^Invalid/.test(issue.message)) return [`${where} must be one of ${issue.values.map(quoted).join(', ')}`]
  }
  if (/^Invalid input: expected/.test(issue.message)) {
    return [`${where} must be ${issue.message.replace(/^Invalid input: expected (.*?)(, received .*)?$/, withArticle)}`]
  }
  return [`${where}${between}${issue.message}`]
}

/** `columns.id.format`, `subscriptions[0].filter` */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}

function hint(key: string, { path }: z.core.$ZodIssue, known: Wording['known']): string {
  const names = known?.(path)
  if (names === undefined) return ''
  const meant = nearest(key, names)
  if (meant) return `; did you mean ${meant}?`
  return names.length > 0 ? ` (it takes ${names.join(', ')})` : ' (it takes none)'
}

function withArticle(_: string, type: string): string {
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`
}

function quoted(value: unknown): string {
  return JSON.stringify(value)
}
