/** Where a deployed Carryout is: found in the outputs and resources of its CloudFormation stack. */
import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  CloudFormationServiceException,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation'
import { StackNotFound } from './errors.ts'

/** What every AWS client takes; what is left out comes from the environment and `~/.aws`, as for any AWS tool. */
export type AwsOptions = Pick<CloudFormationClientConfig, 'region' | 'profile' | 'credentials' | 'endpoint'>

/** Carryout's parts in an account. */
export interface Parts {
  queueUrl: string
  stateMachineArn: string
  bucket: string
  /** For counting what no execution came of; not counted where it is left out. */
  deadLetterQueueUrl?: string | undefined
}

export const DEFAULT_STACK = 'Carryout'

/** @throws StackNotFound */
export async function findParts(stackName: string, options: AwsOptions): Promise<Parts> {
  const outputs = await describeOutputs(stackName, options)
  const output = (name: string) => {
    const value = outputs.get(name)
    if (value === undefined)
      throw new StackNotFound(`The stack “${stackName}” is not Carryout’s: it has no output ${name}.`)
    return value
  }
  return {
    queueUrl: output('QueueUrl'),
    stateMachineArn: output('StateMachineArn'),
    bucket: output('BucketName'),
    deadLetterQueueUrl: output('DeadLetterQueueUrl'),
  }
}

/** The names of the log groups that the stack's functions write to. @throws StackNotFound */
export async function findLogGroups(stackName: string, options: AwsOptions): Promise<string[]> {
  const client = new CloudFormationClient(options)
  const names: string[] = []
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stackName })) {
      for (const { ResourceType, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        if (ResourceType === 'AWS::Logs::LogGroup' && PhysicalResourceId) names.push(PhysicalResourceId)
      }
    }
  } catch (error) {
    throw explained(error, stackName)
  }
  return names
}

async function describeOutputs(stackName: string, options: AwsOptions): Promise<Map<string, string>> {
  try {
    const { Stacks } = await new CloudFormationClient(options).send(new DescribeStacksCommand({ StackName: stackName }))
    return new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  } catch (error) {
    throw explained(error, stackName)
  }
}

/** CloudFormation has no error of its own for a stack that is not there. */
function explained(error: unknown, stackName: string): unknown {
  const isMissing =
    error instanceof CloudFormationServiceException &&
    error.name === 'ValidationError' &&
    error.message.includes('does not exist')
  if (!isMissing) return error
  return new StackNotFound(`There is no stack “${stackName}” in this account and region.`, { cause: error })
}
