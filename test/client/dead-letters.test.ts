import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { dropDeadLetter, executionName, lookAtDeadLetters, sendDeadLetter } from '../../client/dead-letters.ts'
import { enterDeadLetters } from '../../client/rebuild.ts'
import type { TableUpdate } from '../../statemachine/table-update.ts'

const URLS = { queueUrl: 'requests', deadLetterQueueUrl: 'letters' }

interface Command {
  constructor: { name: string }
  input: Record<string, unknown> & { Entries?: Record<string, unknown>[] }
}

/** A queue that hides each message that it gave, as SQS does. */
function givenQueue(count: number, bodyOf = (number: number) => `body ${number}`) {
  const messages = Array.from({ length: count }, (_, index): Message => {
    const Attributes = { MessageGroupId: 'g', SentTimestamp: String(1_000 * index), ApproximateReceiveCount: '3' }
    return { MessageId: `m-${index}`, Body: bodyOf(index), ReceiptHandle: `r-${index}`, Attributes }
  })
  const hidden: Message[] = []
  const commands: [string, Command['input']][] = []
  const client = {
    async send({ constructor: { name }, input }: Command) {
      commands.push([name.replace('Command', ''), input])
      if (name !== 'ReceiveMessageCommand') return {}
      const Messages = messages.splice(0, input.MaxNumberOfMessages as number)
      hidden.push(...Messages)
      return Messages.length > 0 ? { Messages } : {}
    },
  } as unknown as SQSClient
  const of = (name: string) => commands.filter(([command]) => command === name).map(([, input]) => input)
  return { client, of, messages, hidden }
}

test('messages are shown with their group, time and receives, and put back at once', async () => {
  const { client, of } = givenQueue(12)
  const letters = await lookAtDeadLetters(client, 'letters')
  expect(letters).toHaveLength(12)
  expect(letters[11]).toEqual({
    ...{ messageId: 'm-11', group: 'g', body: 'body 11', sentAt: new Date(11_000), received: 3 },
  })
  expect(of('ReceiveMessage')).toHaveLength(3)
  expect(of('ReceiveMessage')[0]).toMatchObject({ QueueUrl: 'letters', MaxNumberOfMessages: 10 })
  // Long enough to be read, and not hidden for long if they cannot be put back.
  const { VisibilityTimeout } = of('ReceiveMessage')[0]!
  expect(VisibilityTimeout).toBeGreaterThanOrEqual(10)
  expect(VisibilityTimeout).toBeLessThanOrEqual(60)
  const back = of('ChangeMessageVisibilityBatch')
  expect(back.map(({ Entries, QueueUrl }) => [QueueUrl, Entries!.length])).toEqual([
    ['letters', 10],
    ['letters', 2],
  ])
  const entries = back.flatMap(({ Entries }) => Entries!)
  expect(entries.every((entry) => entry.VisibilityTimeout === 0)).toBe(true)
  expect(entries.map(({ ReceiptHandle }) => ReceiptHandle)).toEqual(letters.map((_, index) => `r-${index}`))
  expect(new Set(back[0]!.Entries!.map(({ Id }) => Id)).size).toBe(10)
})

test('an empty queue has nothing to put back', async () => {
  const { client, of } = givenQueue(0)
  expect(await lookAtDeadLetters(client, 'letters')).toEqual([])
  expect(of('ReceiveMessage')).toHaveLength(1)
  expect(of('ChangeMessageVisibilityBatch')).toEqual([])
})

test('of an endless queue only the first messages are read', async () => {
  const { client, of } = givenQueue(1_000)
  const letters = await lookAtDeadLetters(client, 'letters')
  expect(letters.length).toBeLessThan(100)
  expect(of('ChangeMessageVisibilityBatch')).toHaveLength(of('ReceiveMessage').length)
})

test('a message without attributes is shown, too', async () => {
  const client = givenQueue(1)
  delete client.messages[0]!.Attributes
  expect(await lookAtDeadLetters(client.client, 'letters')).toMatchObject([
    { group: '', sentAt: new Date(0), received: 0 },
  ])
})

test.each([
  [undefined, 'body 1'],
  ['another body', 'another body'],
])('a message is sent again as %j instead, and removed', async (body, sent) => {
  const { client, of } = givenQueue(2)
  expect(await sendDeadLetter(client, URLS, { messageId: 'm-1', body })).toBe(true)
  expect(of('SendMessage')).toEqual([
    { QueueUrl: 'requests', MessageGroupId: 'g', MessageDeduplicationId: 'again-m-1', MessageBody: sent },
  ])
  expect(of('DeleteMessage')).toEqual([{ QueueUrl: 'letters', ReceiptHandle: 'r-1' }])
})

test('a message is dropped, and returned', async () => {
  const { client, of } = givenQueue(2)
  expect(await dropDeadLetter(client, 'letters', 'm-1')).toMatchObject({ messageId: 'm-1', body: 'body 1' })
  expect(of('DeleteMessage')).toEqual([{ QueueUrl: 'letters', ReceiptHandle: 'r-1' }])
  expect(of('SendMessage')).toEqual([])
})

test('a message that is no longer there is neither sent nor dropped', async () => {
  const { client, of } = givenQueue(2)
  expect(await sendDeadLetter(client, URLS, { messageId: 'm-7' })).toBe(false)
  expect(await dropDeadLetter(client, 'letters', 'm-7')).toBeUndefined()
  expect([of('SendMessage'), of('DeleteMessage')]).toEqual([[], []])
})

test('messages are put back even if they cannot be sent', async () => {
  const { client, of } = givenQueue(2)
  const send = client.send.bind(client)
  client.send = async (command: unknown) => {
    if ((command as Command).constructor.name === 'SendMessageCommand') throw new Error('Denied')
    return (await send(command as never)) as never
  }
  await expect(sendDeadLetter(client, URLS, { messageId: 'm-1' })).rejects.toThrow('Denied')
  expect(of('ChangeMessageVisibilityBatch')).toHaveLength(1)
  expect(of('DeleteMessage')).toEqual([])
})

test.each([
  ['{"id":"orders-1"}', 'orders-1'],
  ['{"id":"a b"}', 'm-0'],
  ['null', 'm-0'],
  ['no JSON', 'm-0'],
])('the message %s is entered under the name that its execution would have had, and counted', async (body, name) => {
  expect(executionName('m-0', body)).toBe(name)
  const updates: TableUpdate[] = []
  const table = {
    update: async (update: TableUpdate) => {
      updates.push(update)
      return updates.length === 1
    },
  }
  expect(await enterDeadLetters(givenQueue(2, () => body).client, 'letters', table)).toBe(1)
  expect(updates[0]!.Key).toMatchObject({ pk: { S: `download#${name}` } })
  expect(updates[0]!.ExpressionAttributeValues).toMatchObject({ ':error': { S: 'NotStarted' } })
})
