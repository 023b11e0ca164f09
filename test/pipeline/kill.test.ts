import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { fillShop } from '../../laptop/shop/fill.ts'
import type { Finished } from '../../statemachine/contract.ts'
import { changedAssembly } from '../support/assembly.ts'
import { failMany, type Killable, replayThroughKills } from '../support/bulk-kill.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { givenRequest } from '../support/pipeline.ts'

const MAIN = join(import.meta.dirname, '../../cli/carryout.ts')
/** An export in many chunks, killed so many times, at moments spread over its history. */
const KILLS = 3
const EVENTS_BETWEEN_KILLS = 14
const ORDERS = 8_000

let directory: string
let assembly: string
let database: FreshDatabase
let state: string
let cloud: Awaited<ReturnType<typeof boot>>
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-kill-'))
  database = await freshDatabase()
  await fillShop(database.connection, { orders: ORDERS })
  assembly = await changedAssembly(join(directory, 'assembly'), 'export-chunk', ({ Environment }) => {
    Environment.Variables.CARRYOUT_CHUNK_BUDGET_SECONDS = '0.02'
  })
})
afterAll(async () => {
  await cloud?.kill()
  await database.drop()
  rmSync(directory, { recursive: true })
})

test('an export that is killed repeatedly continues, and its file is identical; waiting requests then continue immediately', async () => {
  state = join(directory, 'state')
  cloud = await boot(state)
  await cloud.send(items('undisturbed'))
  const undisturbed = await cloud.finished('undisturbed')
  const expected = await cloud.bytes('undisturbed')
  await cloud.send(items('disturbed'))
  const waiting = Array.from({ length: 3 }, (_, i) => givenRequest({ id: `waiting-${i}` }))
  for (const body of waiting) await cloud.send(body)
  let restarted = 0
  for (let kills = 0; kills < KILLS; kills++) {
    expect(await cloud.eventsOf('disturbed', 2 + kills * EVENTS_BETWEEN_KILLS)).toBe(true)
    // Not only right after an event.
    await sleep((kills * 37) % 60)
    await cloud.kill()
    cloud = await boot(state)
    restarted = Date.now()
  }
  const disturbed = await cloud.finished('disturbed')
  expect(disturbed.ranges.reduce((sum, { chunks }) => sum + chunks, 0)).toBeGreaterThan(5)
  expect(disturbed.file).toMatchObject({ rows: ORDERS * 3, crc32: undisturbed.file.crc32 })
  expect((await cloud.bytes('disturbed')).equals(expected)).toBe(true)
  for (const { id } of waiting) expect((await cloud.finished(id as string)).file.rows).toBeGreaterThan(0)
  // The queue's visibility timeout is over an hour.
  expect(Date.now() - restarted).toBeLessThan(60_000)
}, 240_000)

test('a bulk replay that is killed halfway continues after the restart, and redrives each execution once', async () => {
  const killable: Killable = {
    endpoint: () => cloud.endpoint,
    async restart() {
      await cloud.kill()
      cloud = await boot(state)
    },
    async sql(statement) {
      const connection = await database.connect()
      await connection.query(statement)
      await connection.end()
    },
  }
  const ids = await failMany(killable, 9)
  const { replay, redrives } = await replayThroughKills(killable, { name: 'all', kills: 1 })
  expect(replay).toMatchObject({ state: 'done', count: 9, replayed: 9, skipped: 0 })
  expect(ids.map((id) => redrives[id])).toEqual(ids.map(() => 1))
}, 240_000)

function items(id: string) {
  return givenRequest({ id, export: 'order-items', params: {} })
}

async function boot(state: string) {
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
