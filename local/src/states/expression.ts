/**
 * JSONata as Step Functions evaluates it: an expression is a complete string `{% … %}`, `$states` and the variables are
 * bound, there is no root, and a result of nothing is an error.
 */
import jsonata from 'jsonata'
import { functions } from './jsonata-functions.ts'

/**
 * On AWS an expression may run for a second. Here it is a second of processor time, because a laptop also runs other
 * things.
 */
const LIMIT_MS = 1_000
const CACHED = 1_000

/** An expression that failed; the message is AWS's cause without the state. */
export class EvaluationError extends Error {
  readonly location: string
  constructor(location: string, message: string) {
    super(message)
    this.name = 'EvaluationError'
    this.location = location
  }
}

/** The variables by name, and `states`. */
export type Bindings = Record<string, unknown>

const compiled = new Map<string, jsonata.Expression>()

/** Returns the JSONata between `{%` and `%}`; undefined for any other value. */
export function expressionOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith('{%') || !value.endsWith('%}') || value.length < 4)
    return undefined
  return value.slice(2, -2).trim()
}

/**
 * Evaluates a field: any JSON value whose strings may be expressions.
 *
 * @param location the field's path for messages, such as `Output/rows`
 * @returns plain JSON that shares nothing with the bindings
 * @throws EvaluationError
 */
export async function evaluate(value: unknown, location: string, bindings: Bindings): Promise<unknown> {
  const source = expressionOf(value)
  if (source !== undefined) return run(source, location, bindings)
  if (Array.isArray(value)) {
    const items: unknown[] = []
    for (const [i, item] of value.entries()) items.push(await evaluate(item, `${location}[${i}]`, bindings))
    return items
  }
  if (typeof value === 'object' && value !== null) {
    const fields: [string, unknown][] = []
    for (const [key, item] of Object.entries(value)) {
      fields.push([key, await evaluate(item, `${location}/${key}`, bindings)])
    }
    return Object.fromEntries(fields)
  }
  return value
}

type Kind = 'boolean' | 'number' | 'string' | 'array' | 'object'
export interface Kinds {
  boolean: boolean
  number: number
  string: string
  array: unknown[]
  object: Record<string, unknown>
}

/**
 * Evaluates a field of a given type.
 *
 * @throws EvaluationError
 */
export async function evaluateAs<K extends Kind>(
  kind: K,
  value: unknown,
  location: string,
  bindings: Bindings,
): Promise<Kinds[K]> {
  const result = await evaluate(value, location, bindings)
  const actual = kindOf(result)
  if (actual === kind) return result as Kinds[K]
  const source = expressionOf(value)
  const subject = source === undefined ? `The field '${location}' has` : `${quote(source, location)} returned`
  const problem = `an unexpected result type. Expected '${kind}', but was '${actual}' for value: ${JSON.stringify(result)}`
  throw new EvaluationError(location, `${subject} ${problem}`)
}

/**
 * Finds errors that would fail every evaluation.
 *
 * @returns a sentence, or undefined if the expression can be evaluated
 */
export function problemOf(source: string): string | undefined {
  try {
    return usesEval(compile(source).ast()) ? '$eval is not available in Step Functions; use $parse.' : undefined
  } catch (error) {
    return `The JSONata expression '${source}' cannot be parsed: ${(error as Error).message}`
  }
}

async function run(source: string, location: string, bindings: Bindings): Promise<unknown> {
  let result: unknown
  try {
    const clock: Clock = { worked: workedMillis(), deadline: performance.now() + LIMIT_MS }
    // The space makes the name inaccessible to expressions.
    result = await compile(source).evaluate(undefined, { ...functions, ...bindings, 'a clock': clock })
    if (result !== undefined) return plain(result)
  } catch (error) {
    if (error instanceof UnsupportedResult) {
      throw new EvaluationError(location, `${quote(source, location)} returned an unsupported result type.`)
    }
    const { code, message } = error as { code?: string; message?: string }
    const problem = code === undefined ? (message ?? String(error)) : `${code}: ${message}`
    throw new EvaluationError(location, `${quote(source, location)} threw an error during evaluation. ${problem}`)
  }
  throw new EvaluationError(location, `${quote(source, location)} returned nothing (undefined).`)
}

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source)
  if (known) return known
  const expression = jsonata(source)
  // JSONata calls it at every step of an evaluation, which is the only way to stop an endless one.
  const entry = Symbol.for('jsonata.__evaluate_entry') as unknown as string
  expression.assign(entry, (_step: unknown, _input: unknown, environment: jsonata.Environment) => {
    const clock = environment.lookup('a clock') as Clock | undefined
    if (!clock || performance.now() < clock.deadline) return
    const left = clock.worked + LIMIT_MS - workedMillis()
    if (left <= 0) throw new Error('Expression evaluation time limit exceeded.')
    clock.deadline = performance.now() + left
  })
  if (compiled.size >= CACHED) compiled.delete(compiled.keys().next().value as string)
  compiled.set(source, expression)
  return expression
}

interface Clock {
  /** This thread's processor time at the beginning. */
  worked: number
  /** The earliest time at which the limit can be reached. */
  deadline: number
}

function workedMillis(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** A function is not a JSON value. */
class UnsupportedResult extends Error {}

/** Converts a result to plain JSON: JSONata's sequences have hidden properties, and its lambdas look like objects. */
function plain(result: unknown): unknown {
  return JSON.parse(
    JSON.stringify(result, (_key, value: unknown) => {
      const lambda = typeof value === 'object' && value !== null && '_jsonata_lambda' in value
      if (lambda || typeof value === 'function') throw new UnsupportedResult()
      return value
    }),
  )
}

function quote(source: string, location: string): string {
  return `The JSONata expression '${source}' specified for the field '${location}'`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function usesEval(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  const { type, value } = node as { type?: string; value?: unknown }
  return (type === 'variable' && value === 'eval') || Object.values(node).some(usesEval)
}
