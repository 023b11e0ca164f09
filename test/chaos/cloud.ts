/** The stack under attack: the local cloud in a process that can be killed and restarted, and its state as seen from outside. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { ListMultipartUploadsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import {
  DescribeExecutionCommand,
  type ExecutionStatus,
  ListExecutionsCommand,
  paginateListExecutions,
  SFNClient,
} from '@aws-sdk/client-sfn'
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageBatchCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs'
import type { OutboxMail } from '../../local/src/mail/outbox.ts'
import { MESSAGE_GROUP } from '../../statemachine/request.ts'

/** The compile cache halves the processor time of a boot. */
const COMPILE_CACHE = join(import.meta.dirname, '../../cli/compile-cache.ts')
/** The kernel's unit of processor time, on every Linux that Node runs on. */
const TICKS_A_SECOND = 100

export interface CloudOptions {
  stateDirectory: string
  assembly: string
  databaseUrl: string
  port: number
  delayScale: number
  environment: Record<string, string>
  /** Directory for compiled functions. */
  compileCache?: string
}

export interface Ended {
  name: string
  status: string
  error?: string | undefined
}

/** Ids of accepted messages, and the number of messages that SQS rejected because they are empty or have invalid characters. */
export interface Sent {
  ids: string[]
  refused: number
}

export class ChaosCloud {
  readonly #options: CloudOptions
  #child: ChildProcess | undefined
  #log = ''
  #lines: Interface | undefined
  #sent = 0
  /** By their ids, oldest first. */
  readonly #mails = new Map<string, OutboxMail>()
  outputs: Record<string, string> = {}
  readonly endpointUrl: string
  readonly s3: S3Client
  readonly sfn: SFNClient
  readonly sqs: SQSClient

  constructor(options: CloudOptions) {
    this.#options = options
    this.endpointUrl = `http://127.0.0.1:${options.port}`
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const config = { endpoint: this.endpointUrl, region: 'us-east-1', credentials, maxAttempts: 5 }
    this.s3 = new S3Client({ ...config, forcePathStyle: true })
    this.sfn = new SFNClient(config)
    this.sqs = new SQSClient(config)
  }

  async start() {
    const program = join(import.meta.dirname, 'cloud-process.ts')
    const args = [
      '--import',
      COMPILE_CACHE,
      '--disable-warning=ExperimentalWarning',
      program,
      JSON.stringify(this.#options),
    ]
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    child.stderr.on('data', (bytes) => {
      this.#log = `${this.#log}${bytes}`.slice(-20_000)
    })
    const ended = once(child, 'exit').then(() => {
      throw new Error(`The local cloud ended while it booted: ${this.#log}`)
    })
    this.#lines = createInterface({ input: child.stdout })
    const [line] = (await Promise.race([once(this.#lines, 'line'), ended])) as [string]
    ended.catch(() => undefined)
    this.outputs = JSON.parse(line).outputs
  }

  /** The last output of the process. */
  get log(): string {
    return this.#log
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Processor seconds that the process has used since its start. */
  get processorSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
  }

  /** Resident memory of the process. */
  get memoryMB(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  }

  get hasEnded(): boolean {
    const child = this.#child
    return !child || child.exitCode !== null || child.signalCode !== null
  }

  /** Moves the clock of the services forward or back. */
  async leap(millis: number) {
    this.#child?.stdin?.write(`${millis}\n`)
    await once(this.#lines!, 'line')
  }

  signal(signal: NodeJS.Signals) {
    this.#child?.kill(signal)
  }

  async end(signal: NodeJS.Signals) {
    const child = this.#child
    if (!child || this.hasEnded) return
    child.kill(signal)
    await once(child, 'exit')
  }

  /** Sends the messages in batches of ten, which is SQS's limit. */
  async send(bodies: readonly string[]): Promise<Sent> {
    const sent: Sent = { ids: [], refused: 0 }
    for (let at = 0; at < bodies.length; at += 10) {
      const Entries = bodies.slice(at, at + 10).map((MessageBody, index) => ({
        ...{ Id: String(index), MessageBody, MessageGroupId: MESSAGE_GROUP },
        MessageDeduplicationId: `chaos-${this.#sent++}`,
      }))
      const command = new SendMessageBatchCommand({ QueueUrl: this.outputs.CarryoutQueueUrl, Entries })
      const { Successful = [], Failed = [] } = await this.sqs.send(command)
      sent.ids.push(...Successful.map(({ MessageId }) => MessageId as string))
      sent.refused += Failed.length
    }
    return sent
  }

  async executions(statusFilter?: ExecutionStatus): Promise<Ended[]> {
    const found: Ended[] = []
    const stateMachineArn = this.outputs.CarryoutStateMachineArn as string
    const input = { stateMachineArn, maxResults: 1000, ...(statusFilter && { statusFilter }) }
    for await (const { executions = [] } of paginateListExecutions({ client: this.sfn }, input)) {
      found.push(...executions.map(({ name, status }) => ({ name: name!, status: status! })))
    }
    return found
  }

  /**
   * @param prefix prefix of requests that are numbered from 0 and therefore start in the order of their numbers
   * @returns the number of requests that have started
   */
  async started(prefix: string): Promise<number> {
    const stateMachineArn = this.outputs.CarryoutStateMachineArn as string
    const { executions = [] } = await this.sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 10 }))
    return Math.max(0, ...executions.map(({ name = '' }) => Number(name.replace(prefix, '')) + 1 || 0))
  }

  describe(name: string) {
    return this.sfn.send(new DescribeExecutionCommand({ executionArn: this.arnOf(name) }))
  }

  arnOf(name: string): string {
    return `${this.outputs.CarryoutStateMachineArn?.replace(':stateMachine:', ':execution:')}:${name}`
  }

  /** Number of messages that wait or are in flight. */
  async waiting(queue: 'CarryoutQueueUrl' | 'CarryoutDeadLetterQueueUrl' = 'CarryoutQueueUrl'): Promise<number> {
    const command = new GetQueueAttributesCommand({ QueueUrl: this.outputs[queue], AttributeNames: ['All'] })
    const { Attributes = {} } = await this.sqs.send(command)
    return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
  }

  /**
   * Moves the messages in the dead-letter queues of mails and other notices back to their source, as an operator does after an
   * alarm. Dead requests stay, because they are a finding.
   *
   * @returns the number of messages
   */
  async sendDeadNoticesOn(): Promise<number> {
    const { QueueUrls = [] } = await this.sqs.send(new ListQueuesCommand({ MaxResults: 1000 }))
    let sent = 0
    for (const QueueUrl of QueueUrls.filter((url) => url.includes('DeadLetters'))) {
      const { Attributes = {} } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
      )
      const { ApproximateNumberOfMessages: messages, QueueArn: SourceArn } = Attributes
      if (Number(messages) === 0) continue
      await this.sqs.send(new StartMessageMoveTaskCommand({ SourceArn }))
      sent += Number(messages)
    }
    return sent
  }

  /**
   * All e-mails of the run. The outbox keeps the newest 5,000 and forgets others once an hour, so a long run calls this again and
   * again.
   */
  async mails(): Promise<OutboxMail[]> {
    const found: OutboxMail[] = []
    for (let before: string | undefined; ; ) {
      const query = before === undefined ? '' : `?before=${before}`
      const response = await fetch(`${this.endpointUrl}/_carryout/outbox${query}`)
      const { mails, next } = (await response.json()) as { mails: OutboxMail[]; next?: string }
      const unknown = mails.filter(({ id }) => !this.#mails.has(id))
      found.push(...unknown)
      if (next === undefined || unknown.length < mails.length) break
      before = next
    }
    for (const mail of found.reverse()) this.#mails.set(mail.id, mail)
    return [...this.#mails.values()]
  }

  /** @returns all keys in the bucket */
  async keys(): Promise<string[]> {
    const keys: string[] = []
    const input = { Bucket: this.outputs.CarryoutBucketName as string }
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.s3 }, input)) {
      keys.push(...Contents.map(({ Key }) => Key as string))
    }
    return keys
  }

  async uploads(): Promise<string[]> {
    const command = new ListMultipartUploadsCommand({ Bucket: this.outputs.CarryoutBucketName })
    const { Uploads = [] } = await this.s3.send(command)
    return Uploads.map(({ Key }) => Key as string)
  }

  destroy() {
    for (const client of [this.s3, this.sfn, this.sqs]) client.destroy()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
