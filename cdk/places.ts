/** Publishes the names of the construct's resources in an SSM parameter and in the stack's outputs. */
import { CfnOutput, Stack } from 'aws-cdk-lib'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import type { Construct } from 'constructs'
import { DEFAULT_NAME } from '../statemachine/default-name.ts'
import { placeIn } from './names.ts'

/** The outputs and their descriptions, which docs/construct.md shows. */
const OUTPUTS = {
  QueueUrl: 'Where requests are sent',
  DeadLetterQueueUrl: 'Where requests end up that could not be started',
  StateMachineArn: 'The state machine that runs the requests',
  PrepareFunctionName: 'The function that describes the catalogue',
  BucketName: 'Where files and manifests are stored',
  TableName: 'The table that lists all requests and their outcomes',
  TopicArn: 'Announces finished and failed downloads',
} as const

export type Places = Readonly<Record<keyof typeof OUTPUTS, string>>

/** @returns what holds the parts as JSON, by the names that @carryout/client has for them */
export function makeParameter(
  scope: Construct,
  { prefix, places, fileRetentionDays }: { prefix: string; places: Places; fileRetentionDays: number },
): StringParameter {
  return new StringParameter(scope, 'Parts', {
    parameterName: `/carryout/${prefix}`,
    description: 'Where Carryout’s parts are, for its client',
    stringValue: Stack.of(scope).toJsonString({
      queueUrl: places.QueueUrl,
      deadLetterQueueUrl: places.DeadLetterQueueUrl,
      stateMachineArn: places.StateMachineArn,
      bucket: places.BucketName,
      tableName: places.TableName,
      prepareFunction: places.PrepareFunctionName,
      fileRetentionDays,
    }),
  })
}

/** The options by which the command finds the construct; none where both have the name that it looks for. */
export function commandOptions(scope: Construct): string {
  const { stackName } = Stack.of(scope)
  const place = placeIn(scope)
  const options = [
    ...(stackName === DEFAULT_NAME ? [] : [`--stack ${stackName}`]),
    ...(place === DEFAULT_NAME ? [] : [`--construct ${place}`]),
  ]
  return options.join(' ')
}

/** The command finds the construct's parts by these names, which begin with its place in the stack. */
export function makeOutputs(scope: Construct, places: Places): void {
  for (const [name, description] of Object.entries(OUTPUTS)) {
    const value = places[name as keyof Places]
    new CfnOutput(scope, name, { description, value }).overrideLogicalId(`${placeIn(scope)}${name}`)
  }
}
