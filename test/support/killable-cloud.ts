/** `carryout local` in a process of its own, which is killed and booted again on the same state. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { Finished } from '../../statemachine/contract.ts'
import type { FreshDatabase } from './database.ts'

const MAIN = join(import.meta.dirname, '../../cli/carryout.ts')

interface Setting {
  database: FreshDatabase
  assembly: string
  /** The state directory. */
  state: string
}

export type KillableCloud = Awaited<ReturnType<typeof bootKillable>>

/** Boots `carryout local` with the assembly and the database, as a process that can be killed. */
export async function bootKillable({ database, assembly, state }: Setting) {
  const { exporter, host, port } = database
  const url = `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database.database}`
  const child = spawn(process.execPath, [MAIN, 'local', '--port', '0', '--state', state, '--assembly', assembly], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const outputs = await bootOutputs(child)
  const endpoint = outputs.endpoint!
  const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
  const sfn = new SFNClient(config)
  const arnOf = (name: string) => `${outputs.CarryoutStateMachineArn!.replace(':stateMachine:', ':execution:')}:${name}`
  const describe = (name: string) =>
    sfn.send(new DescribeExecutionCommand({ executionArn: arnOf(name) })).catch((error: Error) => {
      if (error.name !== 'ExecutionDoesNotExist') throw error
    })
  return {
    endpoint,
    send: (body: object) =>
      new SQSClient(config).send(
        new SendMessageCommand({
          QueueUrl: outputs.CarryoutQueueUrl,
          MessageGroupId: 'database',
          MessageBody: JSON.stringify(body),
        }),
      ),
    /** Waits until the execution has so many events; false when it ended before. */
    async eventsOf(name: string, count: number): Promise<boolean> {
      for (;;) {
        const execution = await describe(name)
        if (execution && execution.status !== 'RUNNING') return false
        if (execution) {
          const history = new GetExecutionHistoryCommand({
            executionArn: arnOf(name),
            maxResults: 1,
            reverseOrder: true,
          })
          const { events } = await sfn.send(history)
          if (Number(events?.[0]?.id) >= count) return true
        }
        await sleep(5)
      }
    },
    async finished(name: string): Promise<Finished> {
      for (;;) {
        const execution = await describe(name)
        if (execution?.status === 'SUCCEEDED') return JSON.parse(execution.output as string)
        if (execution && execution.status !== 'RUNNING') throw new Error(`${execution.error}: ${execution.cause}`)
        await sleep(20)
      }
    },
    async bytes(name: string): Promise<Buffer> {
      const response = await fetch(await this.link(name), { method: 'POST' })
      return Buffer.from(await response.arrayBuffer())
    },
    async link(name: string): Promise<string> {
      for (;;) {
        const { mails } = (await (await fetch(`${endpoint}/_carryout/outbox`)).json()) as { mails: { text: string }[] }
        const mail = mails.find(({ text }) => text.includes(`Reference for questions: ${name}`))
        const [link] = /http:\/\/\S+lambda-url\S+/.exec(mail?.text ?? '') ?? []
        // The port is the dead process's where the mail was sent before a kill.
        if (link) return link.replace(/^http:\/\/[^/]+/, endpoint)
        await sleep(50)
      }
    },
    async kill() {
      sfn.destroy()
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Output of `carryout local` once it has started. */
async function bootOutputs(child: ChildProcess): Promise<Record<string, string>> {
  let text = ''
  child.stderr?.on('data', (bytes) => {
    text += bytes
  })
  for await (const bytes of child.stdout!) {
    text += bytes
    if (!text.includes('Stop: ')) continue
    child.stdout!.resume()
    const outputs = Object.fromEntries(
      Array.from(text.matchAll(/^ {2}(\w+): (\S+)$/gm), ([, key, value]) => [key, value]),
    )
    return { ...outputs, endpoint: /listening on (\S+)/.exec(text)?.[1] ?? '' }
  }
  throw new Error(`The local cloud did not boot: ${text}`)
}
