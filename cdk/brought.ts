/**
 * Checks a queue, bucket and topic that the app passes in. What cannot be known of an imported one, docs/construct.md
 * asks for.
 */
import { Stack, Token } from 'aws-cdk-lib'
import { type Bucket, CfnBucket, type IBucket } from 'aws-cdk-lib/aws-s3'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { CfnQueue, type DeadLetterQueue, type IQueue } from 'aws-cdk-lib/aws-sqs'
import type { IConstruct } from 'constructs'
import { issue } from './accept.ts'
import { MAX_RECEIVE_COUNT, VISIBILITY_SECONDS } from './receiving.ts'

export interface Brought {
  readonly queue?: IQueue | undefined
  readonly deadLetterQueue?: IQueue | undefined
  readonly bucket?: IBucket | undefined
  readonly topic?: ITopic | undefined
}

/** A day of waiting, in receives a quarter of an hour apart. */
const FEWEST_RECEIVES = 100

/** @returns the problems that can be known at synthesis */
export function problemsOfBrought({ queue, deadLetterQueue, bucket, topic }: Brought) {
  return [
    ...(queue ? problemsOfQueue(queue, deadLetterQueue) : []),
    ...(deadLetterQueue && !queue
      ? [
          issue(
            deadLetterQueue.node.path,
            ['deadLetterQueue'],
            'belongs to a queue of yours: pass that as queue as well',
          ),
        ]
      : []),
    ...(bucket ? problemsOfBucket(bucket) : []),
    ...(topic?.fifo
      ? [issue(topic.node.path, ['topic'], 'is a FIFO topic, which sends no e-mail: bring a standard topic')]
      : []),
  ]
}

/** Returns how often a message is received before it moves to the dead-letter queue. */
export function receivesOf(queue: IQueue): number {
  return deadLettersOf(queue)?.maxReceiveCount ?? MAX_RECEIVE_COUNT
}

/** Returns the dead-letter queue of a queue that the app creates; undefined for an imported one. */
export function deadLettersOf(queue: IQueue): DeadLetterQueue | undefined {
  return (queue as { deadLetterQueue?: DeadLetterQueue }).deadLetterQueue
}

function problemsOfQueue(queue: IQueue, deadLetterQueue: IQueue | undefined) {
  const at = (sentence: string) => issue(queue.node.path, ['queue'], sentence)
  if (!queue.fifo)
    return [
      at(
        'must be a FIFO queue, which keeps the order of requests: make it with fifo: true; import it with Queue.fromQueueAttributes and fifo: true',
      ),
    ]
  const made = cfnOf(queue, CfnQueue)
  const deadLetters = deadLettersOf(queue)
  const problems = []
  if (made && !isTrue(made, made.contentBasedDeduplication))
    problems.push(at('must have contentBasedDeduplication: true, so that the same request sent twice is one message'))
  const visible = made?.visibilityTimeout ?? (made ? 30 : undefined)
  if (visible !== undefined && !Token.isUnresolved(visible) && visible < VISIBILITY_SECONDS)
    problems.push(
      at(
        `must have a visibilityTimeout of ${VISIBILITY_SECONDS / 60} minutes or more, six times as long as its function may run`,
      ),
    )
  if (made && !deadLetters)
    problems.push(
      at(
        `has no deadLetterQueue, so a request that cannot be started would vanish: give it one, with a maxReceiveCount of ${MAX_RECEIVE_COUNT}`,
      ),
    )
  if (deadLetters && deadLetters.maxReceiveCount < FEWEST_RECEIVES)
    problems.push(
      at(
        `has a maxReceiveCount of ${deadLetters.maxReceiveCount}, but a request that waits for its turn is received every quarter of an hour: set it to ${MAX_RECEIVE_COUNT}`,
      ),
    )
  if (!made && !deadLetterQueue)
    problems.push(at('is imported, so its dead-letter queue is not known: name it as deadLetterQueue'))
  return problems
}

function problemsOfBucket(bucket: IBucket) {
  const made = cfnOf(bucket, CfnBucket)
  const versions = made && (Stack.of(made).resolve(made.versioningConfiguration) as { status?: string } | undefined)
  if (versions?.status !== 'Enabled') return []
  const sentence =
    'keeps versions, so files would stay after their retention has ended: bring one without versioned: true'
  return [issue(bucket.node.path, ['bucket'], sentence)]
}

/** Whether the app creates the bucket, so that it can be given rules. */
export function isMade(bucket: IBucket): bucket is Bucket {
  return cfnOf(bucket, CfnBucket) !== undefined
}

/** Returns the resource in the template; undefined for an imported one. */
function cfnOf<Resource>(
  construct: IConstruct,
  Type: abstract new (...given: never[]) => Resource,
): Resource | undefined {
  const { defaultChild } = construct.node
  return defaultChild instanceof Type ? defaultChild : undefined
}

function isTrue(scope: CfnQueue, value: unknown): boolean {
  return Stack.of(scope).resolve(value) === true
}
