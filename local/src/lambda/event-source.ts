/**
 * An event source mapping: polls a queue, invokes the function with the messages, and deletes those that succeeded.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Message, SQSClient } from '@aws-sdk/client-sqs'
import { AwsError } from '../protocol.ts'
import { batchOutcome, sqsEvent } from './event-source-batch.ts'
import { openPolledQueue } from './polled-queue.ts'

/** Lambda starts with five pollers, which suffice for a laptop. */
const MAX_BATCHES = 5
const POLL_RETRY_MILLIS = 1000
const THROTTLE_MILLIS = { first: 100, longest: 5000 }

export interface EventSource {
  /** Stops polling, because the mapping was disabled. Running invocations continue. */
  drain(): Promise<void>
  /**
   * Stops polling and returns the current messages to the queue immediately, without waiting for a running invocation.
   */
  stop(): Promise<void>
}

export function createEventSource(options: {
  /** Polls with the permissions of the function's role. */
  sqs: SQSClient
  /** Returns messages when the local cloud stops, which needs no permission of the role. */
  own: SQSClient
  queueUrl: string
  queueArn: string
  functionArn: string
  /** Maximum messages per invocation; the queue returns at most ten at once. */
  batchSize: number
  /** Whether the function says which messages of a batch failed (`ReportBatchItemFailures`). */
  reportBatchItemFailures: boolean
  /** @param trace of the batch's first message */
  invoke: (
    functionArn: string,
    payload: string,
    trace: string | undefined,
  ) => Promise<{ payload: string; functionError?: string }>
  /** Whether Lambda considers a message with this trace a loop; by default never. */
  isLoop?: (trace: string | undefined) => boolean
  /** Called with errors of polls, which are repeated. */
  onError?: (error: unknown) => void
}): EventSource {
  const { queueArn, functionArn, reportBatchItemFailures, invoke, isLoop, onError } = options
  const queue = openPolledQueue(options)
  const fifo = queueArn.endsWith('.fifo')
  const stopping = new AbortController()
  let isDraining = false
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
  const inHand = new Map<string, Message>()
  const batches = new Set<Promise<void>>()
  /** The last invocation of each message group. */
  const groups = new Map<string, Promise<void>>()

  /** An interruption by `stop` is not a failure. */
  function report(error: unknown) {
    if (!stopping.signal.aborted) onError?.(error)
  }

  async function poll() {
    while (!stopping.signal.aborted && !isDraining) {
      try {
        if (batches.size >= MAX_BATCHES) await Promise.race([...batches, stopped])
        else await take(await queue.receive(options.batchSize))
      } catch (error) {
        report(error)
        await pause(POLL_RETRY_MILLIS)
      }
    }
  }

  /** Returns messages of a disabled mapping's last poll to the queue without calling its function. */
  async function take(messages: Message[]) {
    if (isDraining && !stopping.signal.aborted) await queue.giveBack(messages)
    else receive(messages)
  }

  function receive(messages: Message[]) {
    const receivedAt = performance.now()
    for (const message of messages) inHand.set(String(message.ReceiptHandle), message)
    for (const [group, batch] of batchesOf(messages, fifo)) {
      const before = group === undefined ? undefined : groups.get(group)
      const running = (before ?? Promise.resolve()).then(() => handle(batch, receivedAt)).catch(report)
      batches.add(running)
      if (group !== undefined) groups.set(group, running)
      running.finally(() => {
        batches.delete(running)
        if (group !== undefined && groups.get(group) === running) groups.delete(group)
      })
    }
  }

  async function handle(batch: Message[], receivedAt: number) {
    const trace = batch[0]?.Attributes?.AWSTraceHeader
    if (isLoop?.(trace)) return await endLoop(batch)
    const payload = JSON.stringify(sqsEvent(batch, queueArn))
    const result = await invokePatiently(payload, trace, receivedAt).catch((error) => void report(error))
    // After `stop` the messages belong to the queue again and may have been received elsewhere, so the function's
    // result is ignored.
    if (stopping.signal.aborted) return
    for (const message of batch) inHand.delete(String(message.ReceiptHandle))
    // A message that is not deleted becomes visible again after its visibility timeout, as on AWS.
    if (!result || result.functionError) return
    const { succeeded } = reportBatchItemFailures ? batchOutcome(batch, result.payload, fifo) : { succeeded: batch }
    if (succeeded.length === 0) return
    await deletePatiently(succeeded)
  }

  /**
   * Moves the messages to the queue's dead-letter queue without calling the function; without such a queue they are
   * dropped.
   */
  async function endLoop(batch: Message[]) {
    report(
      new Error(`${functionArn} keeps sending to the queue that calls it, and is no longer called for these messages.`),
    )
    await queue.copyToDeadLetters(batch)
    for (const message of batch) inHand.delete(String(message.ReceiptHandle))
    await deletePatiently(batch)
  }

  /** Deletes finished messages. One that is not deleted would block its group until its visibility timeout ends. */
  async function deletePatiently(messages: Message[]) {
    for (;;) {
      try {
        return await queue.remove(messages)
      } catch (error) {
        if (((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 0) < 500) throw error
        report(error)
        await pause(POLL_RETRY_MILLIS)
        if (stopping.signal.aborted) return
      }
    }
  }

  /** Repeats a throttled invocation while the messages are hidden; then they return to the queue. */
  async function invokePatiently(payload: string, trace: string | undefined, receivedAt: number) {
    let until: number | undefined
    for (let wait = THROTTLE_MILLIS.first; ; wait = Math.min(wait * 2, THROTTLE_MILLIS.longest)) {
      if (stopping.signal.aborted) return undefined
      try {
        return await invoke(functionArn, payload, trace)
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'TooManyRequestsException') throw error
      }
      until ??= receivedAt + (await queue.visibilityMillis())
      if (performance.now() + wait >= until) return undefined
      await pause(wait)
    }
  }

  async function giveBackAll() {
    const messages = [...inHand.values()]
    inHand.clear()
    await queue.giveBack(messages)
  }

  async function pause(millis: number) {
    await sleep(millis, undefined, { signal: stopping.signal }).catch(() => {})
  }

  const polling = poll()
  return {
    async drain() {
      isDraining = true
      await polling
    },
    async stop() {
      stopping.abort()
      await giveBackAll()
      await polling
      // Messages of the last poll.
      await giveBackAll()
    },
  }
}

/** One batch per message group for a FIFO queue, so that groups do not wait for each other. */
function batchesOf(messages: Message[], fifo: boolean): [string | undefined, Message[]][] {
  if (messages.length === 0) return []
  if (!fifo) return [[undefined, messages]]
  return [...Map.groupBy(messages, (message) => message.Attributes?.MessageGroupId)]
}
