/** The event of an SQS batch, and the function's answer about each message. */
import type { Message } from '@aws-sdk/client-sqs'

/** @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function sqsEvent(batch: Message[], queueArn: string) {
  return {
    Records: batch.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
          name,
          {
            ...(value.StringValue !== undefined && { stringValue: value.StringValue }),
            ...(value.BinaryValue && { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
            stringListValues: [],
            binaryListValues: [],
            dataType: value.DataType,
          },
        ]),
      ),
      ...(message.MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: queueArn.split(':')[3],
    })),
  }
}

/**
 * Returns which messages of a batch succeeded, for a function that reports batch item failures. An empty answer means
 * that all succeeded. A malformed answer, or one with an unknown message, means that all failed. In a FIFO queue only
 * the messages before the first failure count, because later ones must not overtake it.
 *
 * @param payload JSON
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
 */
export function batchOutcome(batch: Message[], payload: string, fifo: boolean): { succeeded: Message[] } {
  const failures = failuresOf(payload)
  if (!failures) return { succeeded: [] }
  const ids = new Set(batch.map((message) => message.MessageId))
  if (failures.some((id) => !ids.has(id))) return { succeeded: [] }
  const failed = new Set(failures)
  if (!fifo) return { succeeded: batch.filter((message) => !failed.has(String(message.MessageId))) }
  const first = batch.findIndex((message) => failed.has(String(message.MessageId)))
  return { succeeded: first === -1 ? batch : batch.slice(0, first) }
}

/** Returns the identifiers in the answer; undefined if it is malformed. */
function failuresOf(payload: string): string[] | undefined {
  const answer: unknown = JSON.parse(payload)
  if (answer === null || answer === '') return []
  if (typeof answer !== 'object' || Array.isArray(answer)) return undefined
  const { batchItemFailures = null } = answer as { batchItemFailures?: unknown }
  if (batchItemFailures === null) return []
  if (!Array.isArray(batchItemFailures)) return undefined
  const identifiers = batchItemFailures.map(
    (failure) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier,
  )
  return identifiers.every((id) => typeof id === 'string' && id !== '') ? (identifiers as string[]) : undefined
}
