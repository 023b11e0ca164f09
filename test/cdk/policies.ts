/** What the policies of a template say, in a form that reads and compares well. */
import type { Template } from 'aws-cdk-lib/assertions'
import { readable, resources } from './support.ts'

export interface Statement {
  /** The logical id of the policy it stands in. */
  policy: string
  effect: 'Allow' | 'Deny'
  actions: string[]
  resources: string[]
  condition?: Record<string, Record<string, unknown>>
}

interface Written {
  Effect: Statement['effect']
  Action: string | string[]
  Resource?: unknown
  Condition?: Statement['condition']
}

/** Every statement of every policy document in the template, wherever it stands. */
export function statementsIn(template: Template): Statement[] {
  return Object.entries(resources(template)).flatMap(([policy, { Properties }]) =>
    documentsIn(Properties).flatMap((document) =>
      document.map(({ Effect, Action, Resource, Condition }) => ({
        policy,
        effect: Effect,
        actions: [Action].flat(),
        resources: Resource === undefined ? [] : [Resource].flat().map(readable),
        condition: Condition,
      })),
    ),
  )
}

/** What a role may do besides writing its log and its traces: each as `action resource`, sorted. */
export function rightsOf(template: Template, role: string): string[] {
  return statementsIn(template)
    .filter(({ policy, effect }) => effect === 'Allow' && policy.startsWith(`Carryout${role}RoleDefaultPolicy`))
    .flatMap(({ actions, resources }) => actions.flatMap((action) => resources.map((one) => `${action} ${one}`)))
    .filter((right) => !/^(xray:\S+ \*|logs:(CreateLogStream|PutLogEvents) <\w+Logs>)$/.test(right))
    .sort()
}

function documentsIn(value: unknown): Written[][] {
  if (typeof value !== 'object' || value === null) return []
  const { Statement } = value as { Statement?: Written[] }
  return [...(Array.isArray(Statement) ? [Statement] : []), ...Object.values(value).flatMap(documentsIn)]
}
