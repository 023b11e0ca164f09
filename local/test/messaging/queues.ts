/** Queues over the wire, for suites of SQS: before each test they are new and empty. */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
} from '@aws-sdk/client-sqs'
import { openPost, type Post, temporaryDirectory } from './support.ts'

export let post: Post
beforeEach(() => open(temporaryDirectory()))
afterEach(() => post.close())

/** Opens the queues of a directory instead of the current ones. @param options.keep whether the directory stays when they are closed */
export async function open(stateDirectory: string, options: { keep?: boolean } = {}): Promise<void> {
  post = await openPost(stateDirectory, options)
}

export function send(input: SendMessageCommandInput) {
  return post.sqs.send(new SendMessageCommand({ MessageGroupId: 'shop', ...input }))
}

export async function receive(queue: string) {
  const input = { QueueUrl: queue, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All' as const] }
  return (await post.sqs.send(new ReceiveMessageCommand(input))).Messages?.[0]
}

export async function givenFifo(name: string, attributes: Record<string, string> = {}): Promise<string> {
  const Attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true', ...attributes }
  return (await post.sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }))).QueueUrl as string
}

export async function receiveAll(QueueUrl: string, MaxNumberOfMessages = 10) {
  const { Messages = [] } = await post.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }))
  return Messages.map(({ Body }) => Body)
}

async function attribute(queue: string, name: 'QueueArn' | 'ApproximateNumberOfMessages'): Promise<string> {
  const input = { QueueUrl: queue, AttributeNames: [name] }
  return (await post.sqs.send(new GetQueueAttributesCommand(input))).Attributes?.[name] as string
}

export const arnOf = (queue: string) => attribute(queue, 'QueueArn')
export const waiting = async (queue: string) => Number(await attribute(queue, 'ApproximateNumberOfMessages'))
export const queueUrl = async (QueueName: string) =>
  (await post.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string
