/**
 * Patterns of EventBridge's rules and of SNS's filter policies, which use one language.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { BlockList, isIP } from 'node:net'
import { z } from 'zod'

type Scalar = string | number | boolean | null
type TextFilter = string | { 'equals-ignore-case': string }
type Filter =
  | { exists: boolean }
  | { prefix: TextFilter }
  | { suffix: TextFilter }
  | { wildcard: string }
  | { cidr: string }
  | { 'equals-ignore-case': string }
  | { numeric: (string | number)[] }
  | { 'anything-but': Scalar | Scalar[] | Record<string, string | string[]> }
type Condition = Scalar | Filter
export type EventPattern = { [field: string]: EventPattern | Condition[] | EventPattern[] }

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()])
const textFilter = z.union([z.string(), z.strictObject({ 'equals-ignore-case': z.string() })])
const texts = z.union([z.string(), z.array(z.string())])
const condition = z.union(
  [
    scalar,
    z.strictObject({ exists: z.boolean() }),
    z.strictObject({ prefix: textFilter }),
    z.strictObject({ suffix: textFilter }),
    z.strictObject({ wildcard: z.string() }),
    z.strictObject({ cidr: z.string().regex(/^[0-9a-fA-F.:]+\/\d+$/) }),
    z.strictObject({ 'equals-ignore-case': z.string() }),
    z.strictObject({ numeric: z.array(z.union([z.string(), z.number()])) }),
    z.strictObject({
      'anything-but': z.union([
        scalar,
        z.array(scalar),
        z.strictObject({ prefix: texts }),
        z.strictObject({ suffix: texts }),
        z.strictObject({ wildcard: texts }),
        z.strictObject({ 'equals-ignore-case': texts }),
      ]),
    }),
  ],
  'the local cloud does not know this filter',
)

export const eventPattern: z.ZodType<EventPattern> = z.lazy(() =>
  z.record(z.string(), z.union([z.array(condition).min(1), z.array(eventPattern).min(1), eventPattern])),
) as z.ZodType<EventPattern>

/** Whether every field in the pattern has one of its listed values in the event. */
export function matches(pattern: EventPattern, event: unknown): boolean {
  const fields = event !== null && typeof event === 'object' && !Array.isArray(event) ? event : {}
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as EventPattern[]).some((each) => matches(each, event))
    const value = Object.hasOwn(fields, field) ? (fields as Record<string, unknown>)[field] : undefined
    if (!Array.isArray(wanted)) return matches(wanted, value)
    const values = Array.isArray(value) ? value : [value]
    return (wanted as Condition[]).some((each) => values.some((candidate) => fits(each, candidate)))
  })
}

function fits(wanted: Condition, value: unknown): boolean {
  if (wanted === null || typeof wanted !== 'object') return value === wanted
  if ('exists' in wanted) return (value !== undefined) === wanted.exists
  if (value === undefined) return false
  if ('anything-but' in wanted) return differs(wanted['anything-but'], value)
  if ('numeric' in wanted) return typeof value === 'number' && inRange(wanted.numeric, value)
  if (typeof value !== 'string') return false
  if ('equals-ignore-case' in wanted) return value.toLowerCase() === wanted['equals-ignore-case'].toLowerCase()
  if ('wildcard' in wanted) return wildcard(wanted.wildcard).test(value)
  if ('cidr' in wanted) return inNetwork(wanted.cidr, value)
  if ('prefix' in wanted) return withCase(wanted.prefix, value, (text, part) => text.startsWith(part))
  return withCase(wanted.suffix, value, (text, part) => text.endsWith(part))
}

type AnythingBut = Extract<Filter, { 'anything-but': unknown }>['anything-but']
function differs(excluded: AnythingBut, value: unknown): boolean {
  if (excluded === null || typeof excluded !== 'object' || Array.isArray(excluded)) {
    return !([excluded].flat() as unknown[]).includes(value)
  }
  return Object.entries(excluded).every(([operator, parts]) =>
    [parts].flat().every((part) => !fits({ [operator]: part } as Filter, value)),
  )
}

function withCase(wanted: TextFilter, value: string, test: (text: string, part: string) => boolean): boolean {
  if (typeof wanted === 'string') return test(value, wanted)
  return test(value.toLowerCase(), wanted['equals-ignore-case'].toLowerCase())
}

function inRange(conditions: (string | number)[], value: number): boolean {
  for (let index = 0; index + 1 < conditions.length; index += 2) {
    const bound = Number(conditions[index + 1])
    const holds = {
      '=': value === bound,
      '<': value < bound,
      '<=': value <= bound,
      '>': value > bound,
      '>=': value >= bound,
    }
    const operator = String(conditions[index])
    if (!Object.hasOwn(holds, operator) || !holds[operator as keyof typeof holds]) return false
  }
  return conditions.length > 0
}

function inNetwork(cidr: string, address: string): boolean {
  const [network = '', bits] = cidr.split('/')
  const family = (text: string) => (isIP(text) === 6 ? 'ipv6' : 'ipv4')
  if (!isIP(network) || !isIP(address) || family(network) !== family(address)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family(network))
  return list.check(address, family(address))
}

/** `*` matches any characters; a backslash escapes. */
function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\\([\\*])|\*|[^*\\]+/g, (part, escaped: string | undefined) =>
    escaped === undefined && part === '*' ? '.*' : (escaped ?? part).replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  )
  return new RegExp(`^${source}$`, 's')
}
