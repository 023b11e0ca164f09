import type { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { sendRequest } from '../../client/queue.ts'
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
