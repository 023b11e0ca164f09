import { Stack, Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** Tells cdk-nag why a role needs a permission on everything that an ARN with a wildcard matches. */
export function acknowledgeWildcard(role: IConstruct, arn: string, reason: string) {
  const finding = inTemplate(Stack.of(role).resolve(arn))
  Validations.of(role).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason })
}

/** Returns an ARN as cdk-nag writes it, with `<Id.Attribute>` for values that only CloudFormation knows. */
function inTemplate(value: unknown): string {
  if (typeof value === 'string') return value
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>
  if (typeof Ref === 'string') return `<${Ref}>`
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`
  const [delimiter, parts] = join as [string, unknown[]]
  return parts.map(inTemplate).join(delimiter)
}
