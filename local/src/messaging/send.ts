/**
 * SendMessage and SendMessageBatch. fauxqs' own refuse every character outside the basic plane (such as an emoji),
 * which SQS accepts.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
import { AwsError } from '../protocol.ts'
import { deduplicationKey } from './deduplication.ts'
import type { Attributes, Fauxqs, Message, Queue } from './fauxqs.ts'

/** The fields of a SendMessage, or of one entry of a SendMessageBatch. */
export interface Sending {
  MessageBody?: string
  MessageAttributes?: Attributes
  MessageGroupId?: string
  MessageDeduplicationId?: string
  DelaySeconds?: number
  MessageSystemAttributes?: { AWSTraceHeader?: { StringValue?: string } }
}

export interface Sent {
  MessageId: string
  MD5OfMessageBody: string
  MD5OfMessageAttributes?: string
  SequenceNumber?: string
}

/** Characters other than `#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
const BATCH_BYTES = 1_048_576
const BATCH_ENTRIES = 10
const ENTRY_ID = /^[A-Za-z0-9_-]{1,80}$/
/** Alphanumeric and punctuation: all of printable ASCII except the space. */
const FIFO_ID = /^[!-~]{1,128}$/

/** @throws AwsError with SQS's errors */
export function send(fauxqs: Fauxqs, queue: Queue, sending: Sending): Sent {
  const { MessageBody: body, MessageAttributes: attributes = {} } = sending
  if (!body) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.')
  if (FORBIDDEN.test(body)) {
    throw new AwsError(
      'InvalidMessageContents',
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF.',
    )
  }
  const limit = Number(queue.attributes.MaximumMessageSize)
  if (fauxqs.internals.calculateMessageSize(body, attributes) > limit) {
    throw invalid(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`)
  }
  return queue.isFifo()
    ? sendFifo(fauxqs, queue, sending, body, attributes)
    : sendStandard(fauxqs, queue, sending, body, attributes)
}

function sendStandard(
  { internals }: Fauxqs,
  queue: Queue,
  sending: Sending,
  body: string,
  attributes: Attributes,
): Sent {
  const delay = sending.DelaySeconds ?? Number(queue.attributes.DelaySeconds)
  const message = internals.SqsStore.createMessage(body, attributes, delay > 0 ? delay : undefined)
  keepTrace(message, sending)
  queue.enqueue(message)
  return sentOf(message)
}

function sendFifo({ internals }: Fauxqs, queue: Queue, sending: Sending, body: string, attributes: Attributes): Sent {
  const group = sending.MessageGroupId
  if (!group) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.')
  const byContent = queue.attributes.ContentBasedDeduplication === 'true'
  const id =
    sending.MessageDeduplicationId ?? (byContent ? internals.SqsStore.contentBasedDeduplicationId(body) : undefined)
  if (!id) {
    throw invalid(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    )
  }
  for (const [name, value] of Object.entries({ MessageGroupId: group, MessageDeduplicationId: id })) {
    if (!FIFO_ID.test(value)) {
      throw invalid(`${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`)
    }
  }
  if (sending.DelaySeconds) {
    throw invalid(
      `Value ${sending.DelaySeconds} for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.`,
    )
  }
  const delay = Number(queue.attributes.DelaySeconds)
  const message = internals.SqsStore.createMessage(body, attributes, delay > 0 ? delay : undefined, group, id)
  const known = queue.checkDeduplication(deduplicationKey(queue, group, id))
  if (known.isDuplicate) {
    return {
      ...sentOf(message),
      MessageId: known.originalMessageId as string,
      SequenceNumber: known.originalSequenceNumber,
    }
  }
  message.sequenceNumber = queue.nextSequenceNumber()
  keepTrace(message, sending)
  queue.enqueue(message)
  return sentOf(message)
}

/** Kept only in memory, since nothing depends on it. */
const traces = new WeakMap<Message, string>()

function keepTrace(message: Message, { MessageSystemAttributes }: Sending) {
  const trace = MessageSystemAttributes?.AWSTraceHeader?.StringValue
  if (trace !== undefined) traces.set(message, trace)
}

/** Returns the X-Ray trace in which a message was sent. */
export function traceOf(message: Message): string | undefined {
  return traces.get(message)
}

/** @throws AwsError if the whole batch is refused; problems of single entries are in `Failed` */
export function sendBatch(fauxqs: Fauxqs, queue: Queue, entries: ({ Id: string } & Sending)[]) {
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one SendMessageBatchRequestEntry in the request.')
  }
  if (entries.length > BATCH_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${BATCH_ENTRIES}. You have sent ${entries.length}.`,
    )
  }
  if (!entries.every(({ Id }) => ENTRY_ID.test(Id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    )
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more batch entries in the request have the same Id.')
  }
  const bytes = entries.reduce(
    (sum, entry) => sum + fauxqs.internals.calculateMessageSize(entry.MessageBody ?? '', entry.MessageAttributes ?? {}),
    0,
  )
  if (bytes > BATCH_BYTES) {
    throw new AwsError(
      'BatchRequestTooLong',
      `Batch requests cannot be longer than ${BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
    )
  }
  const Successful: object[] = []
  const Failed: object[] = []
  for (const { Id, ...sending } of entries) {
    try {
      Successful.push({ Id, ...send(fauxqs, queue, sending) })
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      Failed.push({ Id, SenderFault: true, Code: error.code, Message: error.message })
    }
  }
  return { Successful, Failed }
}

function sentOf(message: Message): Sent {
  return {
    MessageId: message.messageId,
    MD5OfMessageBody: message.md5OfBody,
    ...(message.md5OfMessageAttributes ? { MD5OfMessageAttributes: message.md5OfMessageAttributes } : {}),
    ...(message.sequenceNumber ? { SequenceNumber: message.sequenceNumber } : {}),
  }
}

function invalid(message: string) {
  return new AwsError('InvalidParameterValue', message)
}
