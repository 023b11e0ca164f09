/** Polls the queues of the template's event source mappings. */
import { SQSClient } from '@aws-sdk/client-sqs'
import { createEventSource } from '../lambda/event-source.ts'
import type { Mapping } from '../lambda/mappings.ts'
import type { Lambda } from '../lambda/port.ts'
import { isLoop } from '../lambda/recursion.ts'
import type { Messaging } from '../messaging/messaging.ts'

const LAPTOP = { accessKeyId: 'local', secretAccessKey: 'local' }

/** @returns a function that starts polling a queue for a function; undefined if the queue is not in the local cloud */
export function queuePoller(options: {
  messaging: Messaging
  lambda: Lambda
  endpointUrl: string
  region: string
  onProgress: (line: string) => void
  open: AsyncDisposableStack
}) {
  const { messaging, lambda, endpointUrl, region, onProgress, open } = options
  const connect = (credentials: { accessKeyId: string; secretAccessKey: string }) =>
    new SQSClient({ endpoint: endpointUrl, region, credentials })
  const own = open.adopt(connect(LAPTOP), (opened) => opened.destroy())
  return (mapping: Mapping) => {
    const queueUrl = messaging.fauxqs.sqs.getQueueByArn(mapping.queueArn)?.url
    if (queueUrl === undefined) {
      onProgress(`The queue ${mapping.queueArn} of ${mapping.functionArn} is not in the local cloud.`)
      return undefined
    }
    // Lambda polls with the permissions of the function's role.
    const sqs = connect(lambda.getFunction(mapping.functionArn).credentials ?? LAPTOP)
    const source = createEventSource({
      ...mapping,
      sqs,
      own,
      queueUrl,
      invoke: (functionArn, payload, trace) => lambda.invoke(functionArn, payload, { trace }),
      isLoop: (trace) => !lambda.getFunction(mapping.functionArn).mayLoop && isLoop(trace, mapping.functionArn),
      onError: (error) => onProgress(`Polling ${queueUrl}: ${error instanceof Error ? error.message : String(error)}`),
    })
    return { drain: source.drain, stop: () => source.stop().finally(() => sqs.destroy()) }
  }
}
