/**
 * Evaluates policies for a request: an explicit deny wins, then an allow counts, and nothing else is allowed.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Condition, Statement } from './statement.ts'

export interface Access {
  /** `s3:GetObject` */
  action: string
  /** An ARN, or `*` for an action without a resource. */
  resource: string
  /** Values of condition keys, by lower-case key. */
  context: ReadonlyMap<string, readonly string[]>
}

export type Decision =
  | { allowed: true }
  | { allowed: false; why: 'no identity-based policy allows' | 'an explicit deny'; policy: 'identity' | 'resource' }

/**
 * @param identity the caller's policies; undefined for a service, which has none
 * @param resource the policies on the resource
 * @param names of the caller in policies on resources
 */
export function decide(
  access: Access,
  identity: readonly Statement[] | undefined,
  resource: readonly Statement[],
  names: readonly string[],
): Decision {
  const own = (identity ?? []).filter((statement) => applies(statement, access))
  const theirs = resource.filter((statement) => applies(statement, access) && concerns(statement, names))
  if (own.some(({ effect }) => effect === 'Deny')) {
    return { allowed: false, why: 'an explicit deny', policy: 'identity' }
  }
  if (theirs.some(({ effect }) => effect === 'Deny')) {
    return { allowed: false, why: 'an explicit deny', policy: 'resource' }
  }
  if (own.length > 0 || theirs.length > 0) return { allowed: true }
  return { allowed: false, why: 'no identity-based policy allows', policy: 'identity' }
}

export function applies({ actions, resources, conditions }: Statement, access: Access): boolean {
  const action = access.action.toLowerCase()
  if (actions.patterns.some((pattern) => like(pattern.toLowerCase(), action)) !== actions.match) return false
  if (resources && resources.patterns.some((pattern) => like(pattern, access.resource)) !== resources.match) {
    return false
  }
  return conditions.every((condition) => holds(condition, access.context))
}

function concerns({ principals = ['*'] }: Statement, names: readonly string[]): boolean {
  return principals.some((principal) => principal === '*' || names.includes(principal))
}

/** By operator, without `IfExists` and the set prefixes. */
const TESTS: Readonly<Record<string, (value: string, wanted: string) => boolean>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => like(wanted, value),
  ArnEquals: (value, wanted) => likeArn(wanted, value),
  ArnLike: (value, wanted) => likeArn(wanted, value),
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  NumericEquals: (value, wanted) => Number(value) === Number(wanted),
  NumericLessThan: (value, wanted) => Number(value) < Number(wanted),
  NumericLessThanEquals: (value, wanted) => Number(value) <= Number(wanted),
  NumericGreaterThan: (value, wanted) => Number(value) > Number(wanted),
  NumericGreaterThanEquals: (value, wanted) => Number(value) >= Number(wanted),
}
const ARN_PARTS = 6
const NEGATED = /^(String|Arn|Numeric)Not(Equals|EqualsIgnoreCase|Like)$/

/** Whether the local cloud can evaluate the operator. */
export function isOperator(operator: string): boolean {
  const { name } = parts(operator)
  return name === 'Null' || Object.hasOwn(TESTS, name.replace(NEGATED, '$1$2'))
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds({ operator, key, values }: Condition, context: Access['context']): boolean {
  const { set, name, ifExists } = parts(operator)
  const found = context.get(key.toLowerCase())
  if (name === 'Null') return values.includes(String(found === undefined))
  const negated = NEGATED.test(name)
  if (found === undefined) return ifExists || negated || set === 'ForAllValues'
  const base = name.replace(NEGATED, '$1$2')
  const test = Object.hasOwn(TESTS, base) ? TESTS[base] : undefined
  if (!test) return false
  const fits = (value: string) => values.some((wanted) => test(value, wanted)) !== negated
  return set === 'ForAllValues'
    ? found.every(fits)
    : negated && set === undefined
      ? found.every(fits)
      : found.some(fits)
}

function parts(operator: string) {
  const [, set, name = '', ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? []
  return { set, name, ifExists: ifExists !== undefined }
}

/** `*` matches any characters, `?` one character. */
export function like(pattern: string, value: string): boolean {
  return pattern === '*' || expressionOf(pattern).test(value)
}

/** The cache is bounded, because patterns come from the template's policies. */
const expressions = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  let expression = expressions.get(pattern)
  if (!expression) {
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    expression = new RegExp(`^${source}$`, 's')
    expressions.set(pattern, expression)
  }
  return expression
}

/** Compares part by part: a wildcard does not match a colon, except in the last of the six parts. */
function likeArn(pattern: string, value: string): boolean {
  if (pattern === '*') return true
  const [wanted, found] = [partsOfArn(pattern), partsOfArn(value)]
  return wanted.length === found.length && wanted.every((part, at) => like(part, found[at] as string))
}

function partsOfArn(arn: string): string[] {
  const parts = arn.split(':')
  return parts.length <= ARN_PARTS ? parts : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')]
}
