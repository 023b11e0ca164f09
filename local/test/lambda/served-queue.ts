/** What tests of event sources share: a queue, an event source that polls it, and what its function is called with. */
import type { AddressInfo } from 'node:net'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSEvent, SQSRecord } from 'aws-lambda'
import { buildApp } from 'fauxqs'
import { createEventSource, type EventSource } from '../../src/lambda/event-source.ts'

export interface Answer {
  /** JSON, as the function returned it. */
  payload: string
  functionError?: string
}
export const SUCCESS: Answer = { payload: 'null' }

/** A queue of a real fauxqs, and a function that the test plays, which an event source calls once it is started. */
export async function serveQueue({
  fifo = false,
  visibilitySeconds = 30,
  batchSize = 10,
  reportBatchItemFailures = true,
  attributes = {},
  isLoop,
  invoke,
}: {
  fifo?: boolean
  visibilitySeconds?: number
  batchSize?: number
  reportBatchItemFailures?: boolean
  attributes?: Record<string, string>
  isLoop?: () => boolean
  invoke: (records: SQSRecord[]) => Promise<Answer> | Answer
}) {
  // Not startFauxqs: that listens on every interface.
  const app = buildApp({ logger: false, host: '127.0.0.1' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const endpoint = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const sqs = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const QueueName = fifo ? 'requests.fifo' : 'requests'
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({
      QueueName,
      Attributes: { VisibilityTimeout: String(visibilitySeconds), ...(fifo && { FifoQueue: 'true' }), ...attributes },
    }),
  )
  const queueArn = `arn:aws:sqs:us-east-1:000000000000:${QueueName}`
  const batches: SQSRecord[][] = []
  const errors: unknown[] = []
  let source: EventSource | undefined
  return {
    sqs,
    QueueUrl,
    batches,
    errors,
    bodies: () => batches.map((records) => records.map((record) => record.body)),
    start() {
      source = createEventSource({
        sqs,
        own: sqs,
        queueUrl: QueueUrl,
        queueArn,
        functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:start',
        batchSize,
        reportBatchItemFailures,
        ...(isLoop && { isLoop }),
        invoke: async (_functionArn, payload) => {
          const { Records } = JSON.parse(payload) as SQSEvent
          batches.push(Records)
          return invoke(Records)
        },
        onError: (error) => errors.push(error),
      })
      return source
    },
    async send(...bodies: string[]) {
      await sqs.send(
        new SendMessageBatchCommand({
          QueueUrl,
          Entries: bodies.map((body, index) => ({
            Id: String(index),
            MessageBody: body,
            // The first letter is the group.
            ...(fifo && { MessageGroupId: body[0], MessageDeduplicationId: body }),
          })),
        }),
      )
    },
    async left() {
      const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      return {
        visible: Number(Attributes.ApproximateNumberOfMessages),
        hidden: Number(Attributes.ApproximateNumberOfMessagesNotVisible),
      }
    },
    async [Symbol.asyncDispose]() {
      await source?.stop()
      sqs.destroy()
      await app.close()
    },
  }
}

/** Tries again for ten seconds what does not hold yet. */
export async function eventually(expectation: () => Promise<void>) {
  for (const end = Date.now() + 10_000; ; await new Promise((r) => setTimeout(r, 20))) {
    try {
      return await expectation()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
