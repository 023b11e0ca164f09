/** Validates settings and reports each problem in one sentence. */
import { z } from 'zod'
import { problemsIn } from '../statemachine/problems.ts'

/** Makes a problem found by a check: its place, and the rest of the sentence about it. */
export function issue(input: unknown, path: string[], message: string) {
  return { code: 'custom' as const, input, path, message }
}

/** @throws Error with one sentence per problem, each beginning with its place. */
export function accept<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const sentences = problemsIn(result.error, { between: ' ', known: (path) => settingsAt(schema, path) })
  throw new Error(
    `${what} cannot be deployed:\n${sentences.map((line) => `  ${line}${line.endsWith('?') ? '' : '.'}`).join('\n')}`,
  )
}

/** Returns the names of the settings at a place; undefined inside a setting that may have several forms. */
function settingsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] | undefined {
  const [name, ...rest] = path
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return settingsAt(schema._zod.def.innerType, path)
  if (schema instanceof z.ZodPipe) return settingsAt(schema._zod.def.in, path)
  if (schema instanceof z.ZodArray) return settingsAt(schema.element, rest)
  if (!(schema instanceof z.ZodObject)) return undefined
  if (name === undefined) return Object.keys(schema.shape)
  const inner = schema.shape[String(name)] as z.core.$ZodType | undefined
  return inner === undefined ? undefined : settingsAt(inner, rest)
}
