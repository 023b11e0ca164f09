/** AWS::StepFunctions::StateMachine. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { AwsError } from '../../protocol.ts'
import type { States } from '../../states/service.ts'
import { type Making, type ResourceTypes, read, text, Unsupported } from '../resource.ts'

const StateMachine = z.object({
  StateMachineName: text.optional(),
  StateMachineType: text.optional(),
  RoleArn: text,
  DefinitionString: text.optional(),
  Definition: z.record(z.string(), z.unknown()).optional(),
  DefinitionS3Location: z.object({ Key: text }).optional(),
  DefinitionSubstitutions: z.record(z.string(), text).default({}),
})
const NAME_CHARACTERS = 80

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html */
export function statesTypes(states: States): ResourceTypes {
  return {
    'AWS::StepFunctions::StateMachine': {
      make(making) {
        const properties = read(StateMachine, making)
        const name = properties.StateMachineName ?? making.generatedName.slice(-NAME_CHARACTERS)
        try {
          const arn = states.createStateMachine({
            name,
            definition: substituted(definitionOf(properties, making), properties.DefinitionSubstitutions),
            roleArn: properties.RoleArn,
            type: properties.StateMachineType,
          })
          return { ref: arn, attributes: { Arn: arn, Name: name } }
        } catch (error) {
          if (!(error instanceof AwsError) || error.code !== 'StateMachineTypeNotSupported') throw error
          throw new Unsupported(`${making.type} ${making.logicalId}: ${error.message}`)
        }
      },
    },
  }
}

function definitionOf(properties: z.output<typeof StateMachine>, { asset }: Making): string {
  const { DefinitionString, Definition, DefinitionS3Location } = properties
  if (DefinitionString !== undefined) return DefinitionString
  if (Definition !== undefined) return JSON.stringify(Definition)
  if (DefinitionS3Location !== undefined) return readFileSync(asset(DefinitionS3Location.Key), 'utf8')
  throw new Error('it has no definition.')
}

/**
 * Replaces the placeholders in a definition's JSON strings. A placeholder without a value is left as it is, as in
 * CloudFormation.
 */
function substituted(definition: string, substitutions: Record<string, string>): string {
  return definition.replace(/\$\{([A-Za-z0-9_.-]+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(substitutions, name) ? JSON.stringify(substitutions[name]).slice(1, -1) : placeholder,
  )
}
