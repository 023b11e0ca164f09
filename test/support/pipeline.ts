/** Helpers for tests of the whole pipeline, which act as a web app, a requester or an operator. */
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, type DescribeExecutionOutput, RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { OutboxMail } from '../../local/src/mail/outbox.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { startTestCloud, type TestCloud } from './cloud.ts'

/** Interval between two looks, each of which costs the cloud and its client some milliseconds of processor time. */
const LOOK_EVERY_MILLIS = 100

export type Body = Record<string, unknown>

/** A web app's request for the orders of the year's first quarter. */
export function givenRequest(change: Body = {}): Body {
  const id = `orders-${Math.random().toString(36).slice(2)}`
  const params = { from: '2026-01-01', to: '2026-04-01' }
  return { id, export: 'orders', params, requestedBy: 'hanako@example.com', ...change }
}

/** Starts a local cloud with the sample shop in its database. */
export async function startShop(
  options: Parameters<typeof startTestCloud>[0] = {},
  orders = 2_000,
): Promise<TestCloud> {
  const cloud = await startTestCloud(options)
  if (cloud.schema) await fillShop(cloud.schema.connection, { orders })
  return cloud
}

/** @returns the message's id */
export async function send(cloud: TestCloud, body: Body | string, group = MESSAGE_GROUP): Promise<string> {
  const { MessageId } = await cloud.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: cloud.outputs.CarryoutQueueUrl,
      MessageGroupId: group,
      MessageBody: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  )
  return MessageId as string
}

/** Puts a request into the dead-letter queue of requests that could not be started. */
export async function bury(cloud: TestCloud, body: Body): Promise<void> {
  const QueueUrl = cloud.outputs.CarryoutDeadLetterQueueUrl
  const MessageBody = JSON.stringify(body)
  await cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageGroupId: MESSAGE_GROUP, MessageBody }))
}

/** Waits until the execution has ended. */
export async function outcomeOf(cloud: TestCloud, name: string, redrives = 0): Promise<DescribeExecutionOutput> {
  const executionArn = arnOf(cloud, name)
  for (;;) {
    const execution = await cloud.clients.sfn.send(new DescribeExecutionCommand({ executionArn })).catch(notYet)
    if (execution && execution.status !== 'RUNNING' && (execution.redriveCount ?? 0) >= redrives) return execution
    await sleep(LOOK_EVERY_MILLIS)
  }
}

/** Sends a request and waits for its end. The execution is named after the body's id, or else after the message's id. */
export async function order(cloud: TestCloud, body: Body | string, name?: string): Promise<DescribeExecutionOutput> {
  const messageId = await send(cloud, body)
  return outcomeOf(cloud, name ?? (typeof body === 'string' ? messageId : String(body.id)))
}

export async function replay(cloud: TestCloud, name: string): Promise<DescribeExecutionOutput> {
  const { redriveCount = 0 } = await outcomeOf(cloud, name)
  await cloud.clients.sfn.send(new RedriveExecutionCommand({ executionArn: arnOf(cloud, name) }))
  return outcomeOf(cloud, name, redriveCount + 1)
}

/** Waits for a mail about the request to the address, because the requester's mail arrives a moment later. @returns the newest */
export async function mailAbout(cloud: TestCloud, name: string, to: string, subject = /./): Promise<OutboxMail> {
  for (;;) {
    const mails = cloud.outbox.list().filter((mail) => mail.to === to && mail.text.includes(name))
    const mail = mails.find((candidate) => subject.test(candidate.subject))
    if (mail) return mail
    await sleep(LOOK_EVERY_MILLIS)
  }
}

/** Opens the link in a mail and presses the button, like a user. */
export async function openMail(mail: OutboxMail): Promise<Response> {
  return fetch(linkIn(mail), { method: 'POST' })
}

export function linkIn({ text }: OutboxMail): string {
  const [link] = /http:\/\/\S+lambda-url\S+/.exec(text) ?? []
  if (!link) throw new Error(`The mail does not contain a link:\n${text}`)
  return link
}

export function arnOf(cloud: TestCloud, name: string): string {
  return `${(cloud.outputs.CarryoutStateMachineArn as string).replace(':stateMachine:', ':execution:')}:${name}`
}

function notYet(error: Error): undefined {
  if (error.name !== 'ExecutionDoesNotExist') throw error
}
