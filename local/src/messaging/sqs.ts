/** SQS: fauxqs, with the missing features in front of it. */
import { text } from 'node:stream/consumers'
import { unlessFull } from '../disk.ts'
import { AwsError, type Handler } from '../protocol.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { Answer, Fauxqs, Queue } from './fauxqs.ts'
import { createMoveTasks, type MoveTasks } from './move-tasks.ts'
import { dropOld } from './receive.ts'
import { type Sending, send, sendBatch, traceOf } from './send.ts'

type Input = { AttributeNames?: string[]; MessageSystemAttributeNames?: string[] } & {
  QueueUrl?: string
  QueueName?: string
  ReceiptHandle?: string
  Entries?: ({ Id: string } & Sending)[]
} & Sending &
  Parameters<MoveTasks['start']>[0] &
  Parameters<MoveTasks['list']>[0] &
  Parameters<MoveTasks['cancel']>[0]

export interface Sqs {
  handler: Handler
  /** Sends in-process, for Step Functions integrations. @throws AwsError */
  send(input: { QueueUrl?: string } & Sending): object
  stop(): void
}

/** How often expired messages are dropped. */
const RETENTION_CHECK_MS = 60_000

export function createSqs(fauxqs: Fauxqs, deadLetters: DeadLetters): Sqs {
  const tasks = createMoveTasks(fauxqs, deadLetters)
  const dropAllOld = () => {
    for (const queue of fauxqs.sqs.allQueues()) dropOld(queue, Date.now())
  }
  dropAllOld()
  // Messages that cannot be dropped because the disk is full are dropped next time.
  const retention = setInterval(unlessFull(dropAllOld), RETENTION_CHECK_MS).unref()

  function queueOf(input: Input): Queue {
    const queue = input.QueueUrl === undefined ? undefined : fauxqs.sqs.getQueue(input.QueueUrl)
    if (!queue) throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.')
    return queue
  }
  const operations: Readonly<Record<string, (input: Input) => object>> = {
    SendMessage: (input) => send(fauxqs, queueOf(input), input),
    SendMessageBatch: (input) => sendBatch(fauxqs, queueOf(input), input.Entries ?? []),
    StartMessageMoveTask: (input) => tasks.start(input),
    ListMessageMoveTasks: (input) => tasks.list(input),
    CancelMessageMoveTask: (input) => tasks.cancel(input),
  }

  const handler: Handler = async (request, response) => {
    const body = await text(request)
    const operation = String(request.headers['x-amz-target'] ?? '').replace('AmazonSQS.', '')
    const answer = await answerTo(operation, { body, trace: request.headers['x-amzn-trace-id'] }, async () =>
      fauxqs.ask({ headers: forwarded(request.headers), body }),
    )
    if (operation === 'ReceiveMessage' && response.destroyed) returnUnread(fauxqs, body, answer)
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }

  async function answerTo(
    operation: string,
    { body, trace }: { body: string; trace: string | string[] | undefined },
    ask: () => Promise<Answer>,
  ): Promise<Answer> {
    try {
      if (operation === '') {
        throw new AwsError(
          'InvalidAction',
          'The local cloud speaks SQS’s JSON protocol only: update the SDK or the AWS CLI.',
        )
      }
      const own = Object.hasOwn(operations, operation) ? operations[operation] : undefined
      if (own) return json(200, own(inTrace(parse(body), trace)))
      checkInput(operation, parse(body))
      const answer = await ask()
      return operation === 'ReceiveMessage' ? withAttributes(parse(body), answer, attributesIn(parse(body))) : answer
    } catch (error) {
      return refusal(error)
    }
  }

  function attributesIn({ QueueUrl = '' }: Input) {
    const inFlight = fauxqs.sqs.getQueue(QueueUrl)?.inflightMessages
    return ({ MessageId, ReceiptHandle }: ReceivedMessage) => {
      const received = inFlight?.get(ReceiptHandle)
      return {
        DeadLetterQueueSourceArn: deadLetters.sourceOf(MessageId),
        AWSTraceHeader: received && traceOf(received.message),
      }
    }
  }

  const stop = () => {
    clearInterval(retention)
    tasks.stop()
  }
  return { handler, send: (input) => send(fauxqs, queueOf(input), input), stop }
}

const QUEUE_NAME = /^(?=.{1,80}$)[\w-]+(\.fifo)?$/
/** The format of fauxqs' receipt handles. */
const RECEIPT_HANDLE = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Checks input that fauxqs does not validate. @throws AwsError */
function checkInput(operation: string, { QueueName, ReceiptHandle }: Input) {
  if (operation === 'CreateQueue' && QueueName !== undefined && !QUEUE_NAME.test(QueueName)) {
    const rule = 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length'
    throw new AwsError('InvalidParameterValue', rule)
  }
  const hasHandle = operation === 'DeleteMessage' || operation === 'ChangeMessageVisibility'
  if (hasHandle && ReceiptHandle !== undefined && !RECEIPT_HANDLE.test(ReceiptHandle)) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${ReceiptHandle}" is not a valid receipt handle.`,
    )
  }
}

/**
 * Returns messages whose receiver disconnected while it waited. They must not wait for the visibility timeout, which is
 * an hour and a half for a queue with a Lambda consumer.
 */
function returnUnread(fauxqs: Fauxqs, body: string, answer: Answer) {
  const queue = fauxqs.sqs.getQueue(parse(body).QueueUrl ?? '')
  const { Messages = [] } = JSON.parse(answer.body) as { Messages?: { ReceiptHandle: string }[] }
  for (const { ReceiptHandle } of Messages) queue?.changeVisibility(ReceiptHandle, 0)
}

interface ReceivedMessage {
  MessageId: string
  ReceiptHandle: string
  Attributes?: Record<string, string>
}

/** Adds system attributes that fauxqs does not support. */
function withAttributes(
  { AttributeNames = [], MessageSystemAttributeNames = [] }: Input,
  answer: Answer,
  valuesOf: (message: ReceivedMessage) => Record<string, string | undefined>,
): Answer {
  const names = [...AttributeNames, ...MessageSystemAttributeNames]
  const body = JSON.parse(answer.body) as { Messages?: ReceivedMessage[] }
  for (const message of body.Messages ?? []) {
    for (const [name, value] of Object.entries(valuesOf(message))) {
      if (value === undefined || !(names.includes('All') || names.includes(name))) continue
      message.Attributes = { ...message.Attributes, [name]: value }
    }
  }
  const { 'content-length': _, ...headers } = answer.headers
  return { ...answer, headers, body: JSON.stringify(body) }
}

/** Makes every message in flight visible again. Used at the start, when all receivers are gone. */
export function returnInFlight(fauxqs: Fauxqs) {
  for (const queue of fauxqs.sqs.allQueues()) {
    for (const entry of queue.inflightMessages.values()) entry.visibilityDeadline = 0
    queue.processTimers()
  }
}

/** Returns the headers that fauxqs reads: the operation, and the region in the signature. */
function forwarded(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const names = ['x-amz-target', 'authorization', 'host', 'content-type']
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  )
}

/** Adds the caller's trace to messages without one. */
function inTrace(input: Input, trace: string | string[] | undefined): Input {
  if (trace === undefined) return input
  const MessageSystemAttributes = { AWSTraceHeader: { StringValue: String(trace) } }
  const entries = input.Entries?.map((entry) => ({ MessageSystemAttributes, ...entry }))
  return { MessageSystemAttributes, ...input, ...(entries && { Entries: entries }) }
}

function parse(body: string): Input {
  try {
    return JSON.parse(body) as Input
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.')
  }
}

function json(status: number, body: object, headers: Record<string, string> = {}): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', ...headers }, body: JSON.stringify(body) }
}

/** SDKs match on `__type`, and on the older protocol's code in the header. */
function refusal(error: unknown): Answer {
  if (!(error instanceof AwsError)) throw error
  const queryCode = error.code === 'QueueDoesNotExist' ? 'AWS.SimpleQueueService.NonExistentQueue' : error.code
  return json(
    error.status,
    { __type: `com.amazonaws.sqs#${error.code}`, message: error.message },
    { 'x-amzn-query-error': `${queryCode};Sender` },
  )
}
