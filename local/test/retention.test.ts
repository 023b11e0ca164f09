import { existsSync, rmSync } from 'node:fs'
import { RedriveExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { openOutbox } from '../src/mail/outbox.ts'
import { createRetention, type RetentionOptions } from '../src/retention.ts'
import { temporaryDirectory } from './messaging/support.ts'
import { type Cloud, openCloud } from './states/cloud.ts'

const DAY = 24 * 60 * 60 * 1000
const FAIL = { Fails: { Type: 'Fail', Error: 'No' } }
const PASS = { Passes: { Type: 'Pass', End: true } }

let cloud: Cloud
let directory: string
let at: number
beforeEach(async () => {
  at = Date.now()
  directory = temporaryDirectory()
  cloud = await openCloud(undefined, { now: () => at })
})
afterEach(async () => {
  await cloud.close()
  rmSync(directory, { recursive: true })
})

async function given() {
  const outbox = openOutbox({ store: cloud.store, directory })
  const machines = { failed: await cloud.machine(FAIL), passed: await cloud.machine(PASS) }
  const failed = await cloud.start(machines.failed, {}, 'failed')
  const passed = await cloud.start(machines.passed, {}, 'passed')
  for (const arn of [failed, passed]) await cloud.ended(arn)
  return { outbox, machines, failed, passed }
}

async function sweep(options: Partial<RetentionOptions> = {}) {
  const retention = createRetention({ store: cloud.store, now: () => at, ...options })
  await retention.sweep()
  await retention.stop()
}

test('redrivable executions are kept completely; later their history is dropped, and names stay reserved as long as on AWS', async () => {
  const { failed, passed, machines } = await given()
  at += 13 * DAY
  await sweep()
  expect((await cloud.history(passed)).length).toBeGreaterThan(1)
  await cloud.client.send(new RedriveExecutionCommand({ executionArn: failed }))
  await cloud.ended(failed)
  at += 15 * DAY
  await sweep()
  expect([await cloud.history(failed), await cloud.history(passed)]).toEqual([[], []])
  expect((await cloud.ended(failed)).error).toBe('No')
  const again = () => cloud.client.send(new StartExecutionCommand({ stateMachineArn: machines.passed, name: 'passed' }))
  await expect(again()).rejects.toThrow('Execution Already Exists')
  at += 77 * DAY
  await sweep()
  await again()
})

test('a large history of a succeeded execution is dropped early, that of a failed one is kept', async () => {
  const { failed, passed } = await given()
  await sweep({ mostBytes: 1 })
  expect(await cloud.history(passed)).toEqual([])
  expect((await cloud.history(failed)).length).toBeGreaterThan(1)
})

test('mails are deleted with their files when they are old or too many, oldest first', async () => {
  const { outbox } = await given()
  const message = { from: 'a@example.com', to: ['b@example.com'], subject: 's', text: 't' }
  const mail = () => outbox.deliver({ from: 'a', to: 'b@example.com', domain: 'local', message })
  const mails = [mail(), mail(), mail()]
  await sweep({ mostMails: 2 })
  expect(mails.map(({ path }) => existsSync(path))).toEqual([false, true, true])
  expect(outbox.list()).toHaveLength(2)
  at += 91 * DAY
  await sweep()
  expect(outbox.list()).toEqual([])
})
