/**
 * Finds the parts of a deployed Carryout: given directly, stored in an SSM parameter, or among the outputs of a
 * CloudFormation stack.
 */
import { DEFAULT_NAME } from '../statemachine/default-name.ts'
import { type AwsOptions, loadPeer } from './aws.ts'
import { StackNotFound } from './errors.ts'

/** The parts of one Carryout in an account. */
export interface Parts {
  queueUrl: string
  stateMachineArn: string
  bucket: string
  /** The queue of messages without an execution; if omitted, they are not counted. */
  deadLetterQueueUrl?: string | undefined
  /**
   * The table of requests; without it there are no lists by requester or error, no places in the queue and no pause.
   */
  tableName?: string | undefined
  /**
   * The function of `Prepare`, with which web apps check requests against the catalogue; if omitted, they are not
   * checked.
   */
  prepareFunction?: string | undefined
  /** How long files are kept, if known; the SSM parameter includes it. */
  fileRetentionDays?: number | undefined
}

/**
 * The parts themselves, the SSM parameter that stores them as JSON, or the stack whose outputs name them. For a stack
 * with several Carryouts, `construct` selects one by its id.
 */
export type Place = Parts | { parameter: string } | { stackName: string; construct?: string | undefined }

/** The default stack name. */
export const DEFAULT_STACK = DEFAULT_NAME

/** The suffix of each part's output name; the construct's id precedes it. */
const OUTPUTS = {
  queueUrl: 'QueueUrl',
  stateMachineArn: 'StateMachineArn',
  bucket: 'BucketName',
  deadLetterQueueUrl: 'DeadLetterQueueUrl',
  tableName: 'TableName',
} as const satisfies Partial<Record<keyof Parts, string>>

/** Outputs that stacks of older versions lack. */
const LATER_OUTPUTS = { prepareFunction: 'PrepareFunctionName' } as const satisfies Partial<Record<keyof Parts, string>>

/** @throws StackNotFound if the stack or parameter does not exist, or is not Carryout's */
export async function findParts(place: Place, options: AwsOptions): Promise<Parts> {
  if ('queueUrl' in place) return place
  if ('parameter' in place) return await readParameter(place.parameter, options)
  return partsAmong(await describeOutputs(place.stackName, options), place.stackName, place.construct)
}

/**
 * @param construct selects one of several Carryouts
 * @throws StackNotFound
 */
export function partsAmong(outputs: ReadonlyMap<string, string>, stackName: string, construct?: string): Parts {
  const all = [...outputs.keys()].filter((key) => key.endsWith(OUTPUTS.stateMachineArn))
  const prefixes = all.map((key) => key.slice(0, -OUTPUTS.stateMachineArn.length))
  const complete = prefixes.filter((prefix) => Object.values(OUTPUTS).every((end) => outputs.has(prefix + end)))
  const found = construct === undefined ? complete : complete.filter((prefix) => prefix === construct)
  const [prefix, another] = found
  if (prefix !== undefined && another === undefined) {
    const parts = Object.entries({ ...OUTPUTS, ...LATER_OUTPUTS }).flatMap(([part, end]) => {
      const value = outputs.get(prefix + end)
      return value === undefined ? [] : [[part, value]]
    })
    return Object.fromEntries(parts) as Parts
  }
  const has = complete.join(', ') || 'none'
  throw new StackNotFound(
    another === undefined
      ? `The stack “${stackName}” has no Carryout${construct === undefined ? '' : ` “${construct}”`} among its outputs (it has ${has}).`
      : `The stack “${stackName}” has several Carryouts: set construct to one of ${has}.`,
  )
}

async function readParameter(name: string, options: AwsOptions): Promise<Parts> {
  const { SSMClient, GetParameterCommand } = await loadPeer(
    '@aws-sdk/client-ssm',
    () => import('@aws-sdk/client-ssm'),
    'Finding Carryout by a parameter',
  )
  const client = new SSMClient(options)
  try {
    const { Parameter } = await client.send(new GetParameterCommand({ Name: name }))
    return parseParts(Parameter?.Value ?? '', name)
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ParameterNotFound') throw error
    throw new StackNotFound(`There is no parameter “${name}” in this account and region.`, { cause: error })
  } finally {
    client.destroy()
  }
}

function parseParts(json: string, name: string): Parts {
  try {
    const value = JSON.parse(json) as Partial<Parts> | null
    if (typeof value?.queueUrl === 'string' && value.stateMachineArn && value.bucket) return value as Parts
  } catch {
    // Reported below.
  }
  throw new StackNotFound(`The parameter “${name}” is not Carryout’s: it does not contain its parts.`)
}

async function describeOutputs(stackName: string, options: AwsOptions): Promise<Map<string, string>> {
  const { CloudFormationClient, DescribeStacksCommand } = await loadPeer(
    '@aws-sdk/client-cloudformation',
    () => import('@aws-sdk/client-cloudformation'),
    'Finding Carryout by its stack',
  )
  const client = new CloudFormationClient(options)
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: stackName }))
    return new Map(Stacks?.[0]?.Outputs?.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]))
  } catch (error) {
    throw explainMissing(error, stackName)
  } finally {
    client.destroy()
  }
}

/** CloudFormation has no specific error for a missing stack. */
export function explainMissing(error: unknown, stackName: string): unknown {
  const isMissing =
    error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')
  if (!isMissing) return error
  return new StackNotFound(`There is no stack “${stackName}” in this account and region.`, { cause: error })
}
