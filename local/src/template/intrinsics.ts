/**
 * CloudFormation's intrinsic functions.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { call, PLACEHOLDER, TemplateError } from './template.ts'

/** Resolves the names in a template. */
export interface Scope {
  /** Returns the value of a parameter, pseudo parameter or resource. @throws TemplateError if there is none */
  ref(name: string): unknown
  /** @throws TemplateError if the resource or its attribute does not exist */
  attribute(logicalId: string, name: string): unknown
  /** Returns the unresolved expression of a condition. @throws TemplateError */
  condition(name: string): unknown
  mapping(name: string, top: string, second: string): unknown
}

/** The value of `AWS::NoValue`, which removes a property or list item. */
export const NO_VALUE = Symbol('AWS::NoValue')

/** @throws TemplateError for an unknown or misused function */
export function resolve(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== NO_VALUE)
  if (typeof value !== 'object' || value === null) return value
  const intrinsic = call(value)
  if (intrinsic) {
    const [name, argument] = intrinsic
    const evaluate = FUNCTIONS[name]
    if (!evaluate) throw new TemplateError(`The local cloud does not know ${name}.`)
    return evaluate(argument, scope)
  }
  const entries = Object.entries(value).map(([key, item]) => [key, resolve(item, scope)] as const)
  return Object.fromEntries(entries.filter(([, item]) => item !== NO_VALUE))
}

/** Whether a condition of the template is true. */
export function holds(expression: unknown, scope: Scope): boolean {
  const [name, argument] = call(expression) ?? ['', undefined]
  switch (name) {
    case 'Condition':
      return holds(scope.condition(String(argument)), scope)
    case 'Fn::Equals': {
      const [left, right] = list(argument, scope, name)
      return String(left) === String(right)
    }
    case 'Fn::And':
      return (argument as unknown[]).every((item) => holds(item, scope))
    case 'Fn::Or':
      return (argument as unknown[]).some((item) => holds(item, scope))
    case 'Fn::Not':
      return !holds((argument as unknown[])[0], scope)
    default:
      throw new TemplateError(`A condition cannot be ${JSON.stringify(expression)}.`)
  }
}

const FUNCTIONS: Record<string, (argument: unknown, scope: Scope) => unknown> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  'Fn::GetAtt': (argument, scope) => {
    const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : (argument as unknown[])
    return scope.attribute(String(logicalId), attribute.map((part) => text(part, scope, 'Fn::GetAtt')).join('.'))
  },
  'Fn::Sub': (argument, scope) => {
    const [template, own = {}] = Array.isArray(argument) ? argument : [argument]
    const values = resolve(own, scope) as Record<string, unknown>
    return String(template).replace(PLACEHOLDER, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (Object.hasOwn(values, name)) return text(values[name], scope, 'Fn::Sub')
      const [logicalId, ...attribute] = name.split('.')
      const value = attribute.length === 0 ? scope.ref(name) : scope.attribute(logicalId as string, attribute.join('.'))
      return text(value, scope, 'Fn::Sub')
    })
  },
  'Fn::Join': (argument, scope) => {
    const [delimiter, items] = argument as [string, unknown]
    return list(items, scope, 'Fn::Join')
      .map((item) => text(item, scope, 'Fn::Join'))
      .join(delimiter)
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = argument as [unknown, unknown]
    const all = list(items, scope, 'Fn::Select')
    const selected = all[Number(resolve(index, scope))]
    if (selected === undefined)
      throw new TemplateError(`Fn::Select finds no item ${String(index)} among ${all.length}.`)
    return selected
  },
  'Fn::Split': (argument, scope) => {
    const [delimiter, value] = argument as [string, unknown]
    return text(resolve(value, scope), scope, 'Fn::Split').split(delimiter)
  },
  'Fn::If': (argument, scope) => {
    const [condition, then, otherwise] = argument as [string, unknown, unknown]
    return resolve(holds(scope.condition(condition), scope) ? then : otherwise, scope)
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, top, second] = list(argument, scope, 'Fn::FindInMap').map(String) as [string, string, string]
    return scope.mapping(map, top, second)
  },
  'Fn::Base64': (argument, scope) =>
    Buffer.from(text(resolve(argument, scope), scope, 'Fn::Base64')).toString('base64'),
  // There are no availability zones here, so any names will do.
  'Fn::GetAZs': (argument, scope) => {
    const region = text(resolve(argument, scope), scope, 'Fn::GetAZs') || scope.ref('AWS::Region')
    return ['a', 'b', 'c'].map((zone) => `${region}${zone}`)
  },
  'Fn::ImportValue': (argument) => {
    throw new TemplateError(
      `Fn::ImportValue (${JSON.stringify(argument)}) is not supported: the local cloud boots stacks that stand alone.`,
    )
  },
}

function list(argument: unknown, scope: Scope, name: string): unknown[] {
  const value = resolve(argument, scope)
  if (!Array.isArray(value)) throw new TemplateError(`${name} needs a list, not ${JSON.stringify(value)}.`)
  return value
}

function text(value: unknown, scope: Scope, name: string): string {
  const resolved = resolve(value, scope)
  if (typeof resolved === 'string' || typeof resolved === 'number' || typeof resolved === 'boolean')
    return String(resolved)
  throw new TemplateError(
    `${name} needs text, not ${resolved === NO_VALUE ? 'AWS::NoValue' : JSON.stringify(resolved)}.`,
  )
}
