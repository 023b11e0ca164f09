import type { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { countWaiting, sendRequest } from '../../client/queue.ts'
import { toRequest } from '../../client/request.ts'

test('characters that SQS refuses are sent escaped and arrive unchanged', async () => {
  const bodies: string[] = []
  const send = async ({ input }: SendMessageCommand) => {
    bodies.push(input.MessageBody!)
    return {}
  }
  const params = { customer: 'a\uFFFEb\uFFFF\u0000\u{1F600}' }
  const request = toRequest({ export: 'orders', params, requestedBy: 'hanako@example.com' })
  await sendRequest({ send } as unknown as SQSClient, 'https://sqs.example/queue.fifo', request)
  expect(bodies[0]).not.toMatch(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u)
  expect(JSON.parse(bodies[0]!)).toEqual(request)
})

test('messages are counted whether or not they are being received, and dead letters if their queue is known', async () => {
  const send = async ({ input: { QueueUrl } }: GetQueueAttributesCommand) =>
    QueueUrl === 'letters'
      ? { Attributes: { ApproximateNumberOfMessages: '3', ApproximateNumberOfMessagesNotVisible: '0' } }
      : { Attributes: { ApproximateNumberOfMessages: '20', ApproximateNumberOfMessagesNotVisible: '1' } }
  const sqs = { send } as unknown as SQSClient
  const parts = { queueUrl: 'queue', stateMachineArn: '', bucket: '' }
  expect(await countWaiting(sqs, parts)).toEqual({ queued: 21, deadLetters: 0 })
  expect(await countWaiting(sqs, { ...parts, deadLetterQueueUrl: 'letters' })).toEqual({ queued: 21, deadLetters: 3 })
  const none = { send: async () => ({}) } as unknown as SQSClient
  expect(await countWaiting(none, parts)).toEqual({ queued: 0, deadLetters: 0 })
})
