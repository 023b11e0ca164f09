/** Refuses a definition that could not run, with a sentence and a place for each problem. */
import { type Machine, type State, type StateList, machine as schema } from './definition.ts'
import { expressionOf, problemOf } from './expression.ts'

export interface Problem {
  code: string
  message: string
  /** A path into the definition: `/States/Export`. */
  location: string
}

const JSONPATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'Result',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ErrorPath',
  'CausePath',
  'Variable',
]
const JSONATA_ONLY =
  'Only JSONata state machines run locally: set "QueryLanguage": "JSONata" at the top level and use Arguments, Output and Assign.'

/** @returns the machine if there is no problem */
export function validate(definition: string): { machine: Machine; problems: [] } | { problems: Problem[] } {
  let json: unknown
  try {
    json = JSON.parse(definition)
  } catch (error) {
    return { problems: [problem('INVALID_JSON_DESCRIPTION', (error as Error).message, '/')] }
  }
  const languages = languageProblems(json)
  // A JSONPath machine would have dozens of unknown fields; only its language is reported.
  if (languages.length > 0) return { problems: languages }
  const { success, data, error } = schema.safeParse(json)
  if (!success) {
    return {
      problems: error.issues.map((issue) =>
        problem('SCHEMA_VALIDATION_FAILED', describe(issue), `/${issue.path.join('/')}`),
      ),
    }
  }
  const problems: Problem[] = []
  checkList(data, '', new Set(), problems)
  return problems.length > 0 ? { problems } : { machine: data, problems: [] }
}

function problem(code: string, message: string, location: string): Problem {
  return { code, message, location }
}

function describe(issue: { code?: string; message: string; keys?: string[] }): string {
  const path = issue.keys?.find((key) => JSONPATH_FIELDS.includes(key))
  return path ? `Field '${path}' belongs to JSONPath. ${JSONATA_ONLY}` : issue.message
}

function languageProblems(json: unknown): Problem[] {
  if (typeof json !== 'object' || json === null) return []
  const { QueryLanguage: language = 'JSONPath', States: states } = json as Record<string, unknown>
  if (typeof states !== 'object' || states === null) return []
  const problems: Problem[] = []
  visitLanguages(states as Record<string, unknown>, String(language), '', problems)
  // If all states use JSONata, so does the machine.
  if (language !== 'JSONata' && problems.length > 0) return [problem('SCHEMA_VALIDATION_FAILED', JSONATA_ONLY, '/')]
  return problems
}

function visitLanguages(states: Record<string, unknown>, inherited: string, path: string, problems: Problem[]) {
  for (const [name, value] of Object.entries(states)) {
    if (typeof value !== 'object' || value === null) continue
    const state = value as Record<string, unknown>
    const location = `${path}/States/${name}`
    if ((state.QueryLanguage ?? inherited) !== 'JSONata') {
      problems.push(problem('SCHEMA_VALIDATION_FAILED', JSONATA_ONLY, location))
    }
    const lists = [state.ItemProcessor, ...(Array.isArray(state.Branches) ? state.Branches : [])]
    for (const list of lists as ({ States?: Record<string, unknown> } | undefined)[]) {
      if (list?.States) visitLanguages(list.States, inherited, location, problems)
    }
  }
}

function checkList(list: StateList, path: string, outer: ReadonlySet<string>, problems: Problem[]) {
  const report = (message: string, location: string, code = 'SCHEMA_VALIDATION_FAILED') =>
    problems.push(problem(code, message, `${path}${location}`))
  const known = (name: string) => Object.hasOwn(list.States, name)
  if (!known(list.StartAt)) {
    report(`Missing 'StartAt' target: ${list.StartAt}`, '/StartAt', 'MISSING_TRANSITION_TARGET')
  }
  const reached = new Set([list.StartAt])
  const assigned = new Set<string>()
  for (const [name, state] of Object.entries(list.States)) {
    const location = `/States/${name}`
    for (const [field, next] of transitions(state)) {
      reached.add(next)
      if (!known(next)) report(`Missing target: ${next}`, `${location}/${field}`, 'MISSING_TRANSITION_TARGET')
    }
    for (const message of flaws(state)) report(message, location)
    for (const variable of assignments(state)) {
      assigned.add(variable)
      if (variable === 'states') report('The variable $states is reserved.', location)
      if (outer.has(variable)) report(`The variable '${variable}' belongs to an outer scope.`, location)
    }
    const { ItemProcessor, Branches, ...own } = state as State & { ItemProcessor?: StateList; Branches?: StateList[] }
    for (const message of expressionProblems(own)) report(message, location)
  }
  for (const name of Object.keys(list.States)) {
    if (!reached.has(name)) report(`State "${name}" is not reachable.`, `/States/${name}`, 'MISSING_TRANSITION_TARGET')
  }
  const visible = new Set([...outer, ...assigned])
  for (const [name, state] of Object.entries(list.States)) {
    if (state.Type === 'Map') checkList(state.ItemProcessor, `${path}/States/${name}/ItemProcessor`, visible, problems)
    if (state.Type !== 'Parallel') continue
    for (const [i, branch] of state.Branches.entries()) {
      checkList(branch, `${path}/States/${name}/Branches[${i}]`, visible, problems)
    }
  }
}

function* transitions(state: State): Iterable<[string, string]> {
  if ('Next' in state && state.Next !== undefined) yield ['Next', state.Next]
  if ('Catch' in state) for (const [i, rule] of (state.Catch ?? []).entries()) yield [`Catch[${i}]/Next`, rule.Next]
  if (state.Type !== 'Choice') return
  for (const [i, rule] of state.Choices.entries()) yield [`Choices[${i}]/Next`, rule.Next]
  if (state.Default !== undefined) yield ['Default', state.Default]
}

function* assignments(state: State): Iterable<string> {
  if (state.Type === 'Fail') return
  const rules = state.Type === 'Choice' ? state.Choices : 'Catch' in state ? (state.Catch ?? []) : []
  for (const { Assign } of [state, ...rules]) yield* Object.keys(Assign ?? {})
}

function* flaws(state: State): Iterable<string> {
  if (!['Choice', 'Succeed', 'Fail'].includes(state.Type)) {
    const { Next, End } = state as { Next?: string; End?: boolean }
    if ((Next !== undefined) === (End === true)) yield "Exactly one of 'Next' and 'End' is needed."
  }
  if (state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)) {
    yield "Exactly one of 'Seconds' and 'Timestamp' is needed."
  }
  if (state.Type === 'Task') {
    const integration = /^arn:[\w-]+:states:[^:]*:[^:]*:(?!activity:)[\w-]+(:[\w-]+)*:[\w.:]+$/.test(state.Resource)
    if (/\.waitForTaskToken$/.test(state.Resource)) yield 'Task tokens are not supported locally.'
    else if (!integration && !/^arn:[\w-]+:lambda:/.test(state.Resource)) {
      yield `The resource '${state.Resource}' is neither an integration nor a Lambda function.`
    }
  }
  for (const rules of ['Retry', 'Catch'] as const) {
    const list = (state as { [rule in typeof rules]?: { ErrorEquals: string[] }[] })[rules] ?? []
    for (const [i, { ErrorEquals }] of list.entries()) {
      if (ErrorEquals.includes('States.ALL') && (ErrorEquals.length > 1 || i < list.length - 1)) {
        yield `'States.ALL' must stand alone and in the last rule of '${rules}'.`
      }
    }
  }
}

function* expressionProblems(value: unknown): Iterable<string> {
  const source = expressionOf(value)
  if (source !== undefined) {
    const message = problemOf(source)
    if (message) yield message
  } else if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) yield* expressionProblems(item)
  }
}
