/** Converts zod's issues to sentences about somebody's input. All such messages are made here. */
import type { z } from 'zod'
import { nearest } from './nearest.ts'

export interface Wording {
  /** Precedes each place, such as `params.` */
  prefix?: string
  /** Returns the valid names at a place; undefined if they are not known. */
  known?: (path: readonly PropertyKey[]) => readonly string[] | undefined
  /** The text between the place and a message of the schema's own, such as ` is wrong: `; by default a space. */
  between?: string
}

/**
 * Returns one sentence per problem: its place, and what was expected. Values are not repeated, because they may be
 * personal data.
 */
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
      // Zod's own message, which quotes no value.
      if (/^Invalid/.test(issue.message)) return [`${where} must be one of ${issue.values.map(quoted).join(', ')}`]
  }
  if (/^Invalid input: expected/.test(issue.message)) {
    return [`${where} must be ${issue.message.replace(/^Invalid input: expected (.*?)(, received .*)?$/, withArticle)}`]
  }
  return [`${where}${between}${issue.message}`]
}

/** Formats a place, such as `columns.id.format` or `subscriptions[0].filter`. */
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
