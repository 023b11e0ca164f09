/** Refuses what is wrong with settings, with one sentence for each thing. */
import { z } from 'zod'
import { problemsIn } from '../statemachine/problems.ts'

/** What a check finds: where, and how the sentence goes on from there. */
export function issue(input: unknown, path: string[], message: string) {
  return { code: 'custom' as const, input, path, message }
}

/** @throws Error with one sentence for each thing that is wrong, beginning with where it is. */
export function accept<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const sentences = problemsIn(result.error, { between: ' ', known: (path) => settingsAt(schema, path) })
  throw new Error(
    `${what} cannot be deployed:\n${sentences.map((line) => `  ${line}${line.endsWith('?') ? '' : '.'}`).join('\n')}`,
  )
}

/** What may be set at a place; undefined within what may have several forms. */
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
