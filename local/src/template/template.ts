/** The parts of a CloudFormation template that the local cloud reads. */
export interface Template {
  Description?: string
  Metadata?: Record<string, unknown>
  Parameters?: Record<string, { Type: string; Default?: string; AllowedValues?: string[] }>
  Mappings?: Record<string, Record<string, Record<string, unknown>>>
  Conditions?: Record<string, unknown>
  Resources: Record<string, TemplateResource>
  Outputs?: Record<string, { Description?: string; Value: unknown; Condition?: string; Export?: { Name: unknown } }>
}

export interface TemplateResource {
  Type: string
  Properties?: Record<string, unknown>
  DependsOn?: string | string[]
  Condition?: string
  Metadata?: Record<string, unknown>
}

/** The template is invalid or uses something that the local cloud does not support; the message says where. */
export class TemplateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TemplateError'
  }
}

/**
 * Returns the name and argument of an intrinsic function call (an object with that one key), or undefined for other
 * values.
 */
export function call(value: unknown): [name: string, argument: unknown] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const [entry, ...rest] = Object.entries(value)
  if (!entry || rest.length > 0) return undefined
  return entry[0] === 'Ref' || entry[0] === 'Condition' || entry[0].startsWith('Fn::') ? entry : undefined
}

/** `${Name}`, `${Name.Attribute}` and the literal `${!Name}` of an Fn::Sub. */
export const PLACEHOLDER = /\$\{(!?)([^}]+)\}/g
