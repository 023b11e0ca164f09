/**
 * A queue, a table and a state machine with one short task on one port, and `start`, called like by Lambda: with one message
 * at a time, which is delivered again until it is acknowledged. A test may kill `start` at any of its AWS calls.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { createCarryout } from '../../client/carryout.ts'
import { env } from '../../functions/common/environment.ts'
import type { Handler } from '../../local/src/protocol.ts'
import type { Doubts } from '../../local/src/states/doubts.ts'
import { openPost, REGION, temporaryDirectory } from '../../local/test/messaging/support.ts'
import { type Cloud, INVOKE, openCloud, task } from '../../local/test/states/cloud.ts'
import type { OutageEvent } from '../../statemachine/outage.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'
import { openTables } from './table.ts'

export type StartQueue = Awaited<ReturnType<typeof openStartQueue>>

/** When `start` is killed: at its n-th call, before or after the call takes effect. */
export interface Kill {
  call: number
  isMade: boolean
}

const TABLE = 'downloads'
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

/**
 * @param run the state machine's task, which gets the execution's input
 * @param doubts what Step Functions may do
 */
export async function openStartQueue(
  run: (input: { id: string }) => Promise<unknown> = async () => null,
  doubts: Doubts = {},
) {
  const directory = temporaryDirectory()
  const { gateway, sqs, close: closePost } = await openPost(directory)
  const started: string[] = []
  let running = 0
  let most = 0
  const cloud: Cloud = await openCloud(
    async ({ arguments: input }) => {
      most = Math.max(most, ++running)
      try {
        const request = input as { id: string }
        started.push(request.id)
        return await run(request)
      } finally {
        running--
      }
    },
    { doubts },
  )
  const tables = await openTables()
  const { table, dynamo } = await tables.make(TABLE)
  const killer = killable()
  gateway.services.set('dynamodb', killer.wrap(dynamo.handler))
  gateway.services.set(
    'states',
    killer.wrap((request, response) => cloud.states.handler(request, response)),
  )
  gateway.services.set('sqs', killer.wrap(gateway.services.get('sqs') as Handler))
  const functions = fakeFunctions()
  gateway.services.set('lambda', killer.wrap(functions.handler))
  const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true', VisibilityTimeout: '600' }
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'requests.fifo', Attributes: attributes }),
  )
  const stateMachineArn = await cloud.machine({
    Work: task({ Resource: INVOKE, Arguments: '{% $states.context.Execution.Input %}' }),
  })
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: gateway.endpointUrl,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    [env.QUEUE_URL]: QueueUrl,
    [env.STATE_MACHINE_ARN]: stateMachineArn,
    [env.MAX_RUNNING]: '1',
    [env.MAX_RECEIVES]: '1000',
    [env.TABLE]: TABLE,
    [env.EXPORT_CHUNK_FUNCTION]: 'export-chunk',
    [env.NOTIFY_FUNCTION]: 'notify',
  })
  const { handler } = await import('../../functions/start.ts')
  const start = handler as unknown as (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>
  const parts = { queueUrl: QueueUrl, stateMachineArn, bucket: 'none', tableName: TABLE }
  const options = { endpoint: gateway.endpointUrl, region: REGION, credentials: CREDENTIALS }

  async function receive() {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['All'], MaxNumberOfMessages: 1 }),
    )
    return Messages[0]
  }

  return {
    carryout: createCarryout(parts, options),
    parts,
    options,
    cloud,
    /** Ids of the executions that have started, in this order. */
    started,
    /** The most executions that ran at once. */
    most: () => most,
    /** The functions that `start` calls in an outage. */
    functions,
    /** The table as `start` uses it. */
    table,
    /** Opens another table of the same kind, with its client. */
    openTable: tables.make,
    /** Sends a message directly to the queue, like a sender without the client library. */
    async sendRaw(body: object | string): Promise<string> {
      const MessageBody = typeof body === 'string' ? body : JSON.stringify(body)
      const command = new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: MESSAGE_GROUP })
      return String((await sqs.send(command)).MessageId)
    },
    /**
     * Delivers the first message once, with a time limit that is too short to wait for the end of a pause.
     *
     * @returns undefined if the queue is empty; otherwise whether `start` was killed, and the number of its calls
     */
    async deliver(kill?: Kill, millis = 5_000): Promise<{ wasKilled: boolean; calls: number } | undefined> {
      const message = await receive()
      if (!message) return undefined
      const { MessageId, ReceiptHandle, Body, Attributes } = message
      const record = { messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes }
      const context = { getRemainingTimeInMillis: () => 15_000 + millis } as Context
      const end = killer.arm(kill)
      const answer = await start({ Records: [record] } as unknown as SQSEvent, context)
      const ended = end()
      if (answer.batchItemFailures.length === 0 && !ended.wasKilled) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
      } else {
        const command = new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 })
        await sqs.send(command).catch((error: Error) => {
          // `start` has returned the message to the queue itself.
          if (error.name !== 'MessageNotInflight') throw error
        })
      }
      return ended
    },
    /** @returns the number of AWS calls during the work */
    async countCalls(work: () => Promise<unknown>): Promise<number> {
      const end = killer.arm(undefined)
      await work()
      return end().calls
    },
    async close() {
      await closePost()
      await tables.close()
      await cloud.close()
    },
  }
}

/** Fakes `export-chunk`, which checks whether the database responds, and `notify`, which reports an outage. */
function fakeFunctions() {
  const fake = {
    database: 'up' as 'up' | 'down' | 'busy',
    asked: 0,
    told: [] as OutageEvent[],
    async handler(request: IncomingMessage, response: ServerResponse) {
      const event = JSON.parse(Buffer.concat(await request.toArray()).toString()) as OutageEvent | object
      if ('outage' in event) {
        fake.told.push(event)
        return void response.writeHead(202).end()
      }
      fake.asked++
      if (fake.database === 'busy') {
        const headers = { 'x-amzn-errortype': 'TooManyRequestsException' }
        return void response
          .writeHead(429, headers)
          .end('{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}')
      }
      const isUp = fake.database === 'up'
      const answer = isUp
        ? { ok: true, millis: 1 }
        : { ok: false, millis: 1, error: 'DatabaseUnavailable', message: 'No.' }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    },
  }
  return fake
}

/** Counts calls, and cuts every connection from the killing call on. */
function killable() {
  let kill: Kill | undefined
  let isArmed = false
  let calls = 0
  const wasKilled = () => kill !== undefined && calls >= kill.call
  return {
    wrap:
      (handler: Handler): Handler =>
      async (request, response) => {
        if (!isArmed) return await handler(request, response)
        calls++
        if (!wasKilled()) return await handler(request, response)
        if (calls === kill!.call && kill!.isMade) {
          // The call takes effect, but its response is lost.
          response.writeHead = (() => response) as typeof response.writeHead
          response.end = (() => response.destroy()) as typeof response.end
          return await handler(request, response)
        }
        request.socket.destroy()
      },
    arm(wanted: Kill | undefined) {
      kill = wanted
      calls = 0
      isArmed = true
      return () => {
        isArmed = false
        return { wasKilled: wasKilled(), calls }
      }
    },
  }
}
