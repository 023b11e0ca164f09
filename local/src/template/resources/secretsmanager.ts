/** AWS::SecretsManager::Secret. */
import { z } from 'zod'
import { randomPassword, type Secrets } from '../../services/secrets.ts'
import { bool, number, type ResourceTypes, read, text } from '../resource.ts'

const Generate = z.object({
  SecretStringTemplate: text.optional(),
  GenerateStringKey: text.optional(),
  PasswordLength: number.optional(),
  ExcludeCharacters: text.optional(),
  ExcludeLowercase: bool.optional(),
  ExcludeUppercase: bool.optional(),
  ExcludeNumbers: bool.optional(),
  ExcludePunctuation: bool.optional(),
  IncludeSpace: bool.optional(),
  RequireEachIncludedType: bool.optional(),
})
const Secret = z.object({
  Name: text.optional(),
  Description: text.optional(),
  SecretString: text.optional(),
  GenerateSecretString: Generate.optional(),
})

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
export function secretsManagerTypes(secrets: Secrets): ResourceTypes {
  return {
    'AWS::SecretsManager::Secret': {
      make(making) {
        const { Name, Description, SecretString, GenerateSecretString = {} } = read(Secret, making)
        const arn = secrets.createSecret({
          name: Name ?? making.generatedName,
          description: Description,
          value: () => SecretString ?? generate(GenerateSecretString),
        })
        return { ref: arn, attributes: { Id: arn } }
      },
    },
  }
}

function generate({ SecretStringTemplate, GenerateStringKey, ...rules }: z.output<typeof Generate>): string {
  const password = randomPassword(rules)
  if (SecretStringTemplate === undefined || GenerateStringKey === undefined) return password
  return JSON.stringify({ ...JSON.parse(SecretStringTemplate), [GenerateStringKey]: password })
}
