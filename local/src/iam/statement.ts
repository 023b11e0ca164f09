/** The supported subset of policy statements. */
import { z } from 'zod'

/** A statement whose fields are all lists. */
export interface Statement {
  effect: 'Allow' | 'Deny'
  actions: { match: boolean; patterns: string[] }
  /** Undefined in a resource policy that omits it. */
  resources?: { match: boolean; patterns: string[] }
  /** Only in resource policies: ARNs, services, or `*`. */
  principals?: string[]
  conditions: Condition[]
}

export interface Condition {
  operator: string
  key: string
  values: string[]
}

const some = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat())
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const values = z.union([scalar, z.array(scalar)]).transform((value) => [value].flat())
const Document = z.object({
  Statement: z.union([z.array(z.unknown()), z.unknown()]).transform((value) => [value].flat() as unknown[]),
})
const Raw = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: some.optional(),
  NotAction: some.optional(),
  Resource: some.optional(),
  NotResource: some.optional(),
  Principal: z.union([z.literal('*'), z.record(z.string(), some)]).optional(),
  NotPrincipal: z.undefined('NotPrincipal is not supported').optional(),
  Condition: z.record(z.string(), z.record(z.string(), values)).default({}),
})

/** @throws ZodError if a document is not a policy, or uses unsupported elements */
export function statementsOf(document: unknown): Statement[] {
  return Document.parse(document).Statement.map((item) => {
    const raw = Raw.parse(item)
    const conditions = Object.entries(raw.Condition).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, wanted]) => ({ operator, key, values: wanted })),
    )
    const list = (match: string[] | undefined, not: string[] | undefined) =>
      match ? { match: true, patterns: match } : { match: false, patterns: not ?? [] }
    return {
      effect: raw.Effect,
      actions: list(raw.Action, raw.NotAction),
      ...(raw.Resource || raw.NotResource ? { resources: list(raw.Resource, raw.NotResource) } : {}),
      ...(raw.Principal === undefined
        ? {}
        : { principals: raw.Principal === '*' ? ['*'] : Object.values(raw.Principal).flat() }),
      conditions,
    }
  })
}
