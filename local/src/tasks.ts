/**
 * The integrations that Task states of the local cloud can call: Lambda, SNS, SQS, DynamoDB's items and EventBridge.
 */

import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type DynamoDb, isDynamoError } from './dynamodb/dynamodb.ts'
import type { Principal } from './iam/iam.ts'
import type { Lambda } from './lambda/port.ts'
import { LambdaTaskFailed } from './lambda/states.ts'
import type { Messaging } from './messaging/messaging.ts'
import { problemsIn } from './problems.ts'
import { AwsError } from './protocol.ts'
import { TaskError } from './states/errors.ts'
import type { TaskRunner } from './states/task-runner.ts'

type Integration = (args: unknown, signal: AbortSignal) => Promise<object>

const Attributes = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
)
/** Step Functions writes everything except text as JSON. */
const body = z.unknown().transform((value) => (typeof value === 'string' ? value : JSON.stringify(value)))

const Invoke = z.object({
  FunctionName: z.string(),
  Payload: z.unknown().optional(),
  InvocationType: z.literal('RequestResponse').optional(),
})
const Publish = z.object({
  TopicArn: z.string(),
  Message: body,
  Subject: z.string().optional(),
  MessageStructure: z.string().optional(),
  MessageAttributes: Attributes.optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
})
const SendMessage = z.object({
  QueueUrl: z.string(),
  MessageBody: body,
  DelaySeconds: z.number().optional(),
  MessageAttributes: Attributes.optional(),
  MessageGroupId: z.string().optional(),
  MessageDeduplicationId: z.string().optional(),
})

const Entries = z.object({
  Entries: z.array(z.looseObject({ Detail: body.optional() })),
})
const ITEMS = ['getItem', 'putItem', 'updateItem', 'deleteItem']

/** @see https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html */
export function taskRunner(options: {
  lambda: Lambda
  messaging: Pick<Messaging, 'sns' | 'sqs'>
  dynamodb?: Pick<DynamoDb, 'run'>
  putEvents?(input: Record<string, unknown>): { Entries: object[]; FailedEntryCount: number }
  /** Checks that the state machine's role may make the call. @throws AwsError AccessDeniedException */
  authorize?(principal: Principal, integration: string, args: Record<string, unknown>): void
}): TaskRunner {
  const { lambda, messaging, dynamodb, putEvents, authorize = () => undefined } = options
  const integrations: Record<string, Integration> = {
    'arn:aws:states:::lambda:invoke': async (args, signal) => {
      const { FunctionName, Payload = {} } = read(Invoke, args)
      const result = await invoke(lambda, FunctionName, Payload, signal)
      return { ExecutedVersion: '$LATEST', Payload: result, StatusCode: 200, ...httpMetadata() }
    },
    'arn:aws:states:::sns:publish': async (args) => {
      const input = read(Publish, args)
      const published = messaging.sns.publish({
        topicArn: input.TopicArn,
        message: input.Message,
        subject: input.Subject,
        structure: input.MessageStructure,
        attributes: input.MessageAttributes ?? {},
        group: input.MessageGroupId,
        deduplication: input.MessageDeduplicationId,
      })
      return { ...(await published.catch(failedAs('SNS'))), ...httpMetadata() }
    },
    'arn:aws:states:::sqs:sendMessage': async (args) => {
      const input = read(SendMessage, args)
      const sent = (async () => messaging.sqs.send(input))()
      return { ...(await sent.catch(failedAs('SQS'))), ...httpMetadata() }
    },
  }
  for (const name of dynamodb ? ITEMS : []) {
    integrations[`arn:aws:states:::dynamodb:${name}`] = async (args) => {
      const operation = name[0]?.toUpperCase() + name.slice(1)
      const done = dynamodb?.run(operation, structuredClone((args ?? {}) as Record<string, unknown>))
      return { ...(await done?.catch(failedInDynamoDb)), ...httpMetadata() }
    }
  }
  if (putEvents) {
    integrations['arn:aws:states:::events:putEvents'] = async (args) => {
      const put = putEvents(read(Entries, args))
      if (put.FailedEntryCount > 0) {
        throw new TaskError('EventBridge.FailedEntry', JSON.stringify({ ...put, ...httpMetadata() }))
      }
      return { ...put, ...httpMetadata() }
    }
  }
  return async ({ resource, arguments: args, signal, roleArn, session }) => {
    refuseUnlessAllowed(
      () => authorize({ roleArn, session }, resource, (args ?? {}) as Record<string, unknown>),
      resource,
    )
    if (resource.startsWith('arn:aws:lambda:')) return invoke(lambda, resource, args, signal)
    const integration = Object.hasOwn(integrations, resource) ? integrations[resource] : undefined
    if (integration) return integration(args, signal)
    const known = ['a function’s ARN', ...Object.keys(integrations)].join(', ')
    throw new TaskError('States.Runtime', `The local cloud has no integration ${resource}, only ${known}.`)
  }
}

async function invoke(lambda: Lambda, functionName: string, payload: unknown, signal: AbortSignal): Promise<unknown> {
  try {
    return await lambda.invokeForStates(functionName, payload, signal)
  } catch (error) {
    throw error instanceof LambdaTaskFailed ? new TaskError(error.error, error.cause) : error
  }
}

function read<T extends z.ZodType>(schema: T, args: unknown): z.output<T> {
  const result = schema.safeParse(args)
  if (result.success) return result.data
  throw new TaskError('States.Runtime', `The Task's Arguments are wrong: ${problemsIn(result.error)}`)
}

/** Reports a missing permission in the format of the service's SDK, as Step Functions does. */
function refuseUnlessAllowed(authorize: () => void, resource: string) {
  try {
    authorize()
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const service = resource.startsWith('arn:aws:lambda:') ? 'lambda' : (resource.split(':')[5] ?? '')
    const names: Readonly<Record<string, string>> = {
      lambda: 'Lambda.AWSLambdaException',
      sns: 'SNS.AuthorizationErrorException',
      sqs: 'SQS.SqsException',
      dynamodb: 'DynamoDB.AccessDeniedException',
      events: 'EventBridge.EventBridgeException',
    }
    const name = Object.hasOwn(names, service) ? (names[service] as string) : 'States.TaskFailed'
    const details = `Status Code: ${error.status}; Error Code: ${error.code}; Request ID: ${randomUUID()}; Proxy: null`
    throw new TaskError(name, `${error.message} (Service: ${service}; ${details})`)
  }
}

/** The name that the service's SDK gives the error, prefixed with the service. */
function failedAs(service: string) {
  return (error: unknown): never => {
    if (!(error instanceof AwsError)) throw error
    const name = error.code.endsWith('Exception') ? error.code : `${error.code}Exception`
    const cause = `${error.message} (Service: ${service}, Status Code: ${error.status}, Request ID: ${randomUUID()})`
    throw new TaskError(`${service}.${name}`, cause)
  }
}

function failedInDynamoDb(error: unknown): never {
  if (!isDynamoError(error)) throw error
  const name = error.body.__type.replace(/^.*#/, '')
  const cause = `${error.body.message ?? ''} (Service: DynamoDb, Status Code: ${error.statusCode}, Request ID: ${randomUUID()})`
  throw new TaskError(`DynamoDB.${name}`, cause)
}

/** Step Functions' metadata of the call, for machines that select fields of a result. */
function httpMetadata() {
  const requestId = randomUUID()
  const headers = { 'x-amzn-RequestId': requestId, 'Content-Type': 'application/json' }
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
      HttpHeaders: headers,
      HttpStatusCode: 200,
    },
    SdkResponseMetadata: { RequestId: requestId },
  }
}
