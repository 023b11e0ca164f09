import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { type DescribeExecutionOutput, GetExecutionHistoryCommand, StopExecutionCommand } from '@aws-sdk/client-sfn'
import { DeleteTopicCommand } from '@aws-sdk/client-sns'
import type { NewRequest } from '../../client/index.ts'
import { createOperator } from '../../client/operator.ts'
import { fillShop } from '../../laptop/shop/fill.ts'
import { changedAssembly, type FunctionProperties } from '../support/assembly.ts'
import { cloudsInTurn, type TestCloud } from '../support/cloud.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { arnOf, givenRequest, mailAbout, openMail, order, outcomeOf, replay, send } from '../support/pipeline.ts'
import { serverSessions } from '../support/server-sessions.ts'

/** Minutes of patience in less than a second. */
const delayScale = 0.001
let database: FreshDatabase
let proxy: DatabaseProxy
let cloud: TestCloud
let directory: string
const { cloudWith, close } = cloudsInTurn()
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carryout-failures-'))
  database = await freshDatabase()
  await fillShop(database.connection, { orders: 300 })
  proxy = await startDatabaseProxy(database)
})
afterAll(async () => {
  await close()
  await proxy.close()
  await database.drop()
  rmSync(directory, { recursive: true })
})

describe('the database', () => {
  test('is down: the step is retried, then the failure is mailed, others wait, and all succeed once it is back', async () => {
    cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
    await proxy.down()
    const body = givenRequest()
    const failed = await order(cloud, body)
    await expectFailure(failed, 'ExportChunk', 'DatabaseUnavailable', /ECONNREFUSED/)
    expect(await triesOf(failed)).toEqual(Array(7).fill('DatabaseUnavailable'))
    expect((await failureMail(failed.name!)).text).toContain(
      'What to do: It was tried several times. Once the cause is gone, replay it',
    )
    // The outage is reported although no request waits for the database.
    await waitFor(async () => outageSubjects().includes('Downloads are on hold: the database is not responding'))
    // The next one waits, and a replay of the first one, too.
    const { endpointUrl: endpoint, region } = cloud
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const carryout = createOperator({ stackName: 'Carryout' }, { endpoint, region, credentials })
    const { id: waiting } = await carryout.request(givenRequest() as unknown as NewRequest)
    expect(await carryout.forecast(waiting)).toMatchObject({ held: 'outage' })
    expect(await carryout.replay(failed.name!)).toMatchObject({ redriven: true, waits: 'outage' })
    await expect(carryout.get(waiting)).rejects.toThrow('There is no execution')
    await proxy.up()
    expect(await outcomeOf(cloud, waiting)).toMatchObject({ status: 'SUCCEEDED' })
    expect(await outcomeOf(cloud, failed.name!, 1)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 1 })
    expect(await carryout.outage()).toBeNull()
    expect(outageSubjects().sort()).toEqual([
      'Downloads are on hold: the database is not responding',
      'Downloads have resumed: the database is responding again',
    ])
    const mail = await mailAbout(cloud, failed.name!, 'hanako@example.com', /ready/)
    expect(mail.subject).toBe('Your download is ready: Orders')
    expect((await openMail(mail)).status).toBe(200)
  })

  test('refuses the query: it is not retried, and a replay continues once the table exists', async () => {
    cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
    const admin = await database.connect()
    try {
      await admin.query('RENAME TABLE orders TO orders_away')
      const failed = await order(cloud, givenRequest())
      await expectFailure(failed, 'ExportChunk', 'QueryFailed', /error 1146.*orders' doesn't exist/)
      expect(await triesOf(failed)).toEqual(['QueryFailed'])
      await admin.query('RENAME TABLE orders_away TO orders')
      expect(await replay(cloud, failed.name!)).toMatchObject({ status: 'SUCCEEDED' })
    } finally {
      await admin.end()
    }
  })

  test('has a row that the format cannot hold, named by its key and column', async () => {
    cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
    const admin = await database.connect()
    try {
      await admin.query('UPDATE orders SET note = REPEAT("x", 40000) WHERE id = 7')
      const params = { from: '2026-01-01', to: '2027-01-01' }
      const failed = await order(cloud, givenRequest({ params, format: 'xlsx' }))
      await expectFailure(failed, 'ExportChunk', 'TransformFailed', /7, column note: the text has 40000 characters/)
    } finally {
      await admin.query('UPDATE orders SET note = NULL WHERE id = 7')
      await admin.end()
    }
  })
})

test('a function whose network Lambda released while it was idle is waited for', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
  // The first call finds it inactive; until its network is there again, it is pending.
  cloud.lambda.refuse('Carryout-export-chunk', { code: 'ResourceNotReadyException', times: 1 })
  cloud.lambda.refuse('Carryout-export-chunk', { code: 'ResourceConflictException', status: 409, times: 19 })
  const body = givenRequest()
  expect(await order(cloud, body)).toMatchObject({ status: 'SUCCEEDED' })
  const failures = (await eventsOf(String(body.id))).flatMap(
    ({ taskFailedEventDetails }) => taskFailedEventDetails?.error ?? [],
  )
  expect(failures).toEqual(['Lambda.ResourceNotReadyException', ...Array(19).fill('Lambda.ResourceConflictException')])
})

test('stopping an execution ends its query on the server within seconds', async () => {
  cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
  const admin = await database.connect()
  try {
    await admin.query('LOCK TABLES orders WRITE')
    const body = givenRequest()
    await send(cloud, body)
    await waitFor(async () => (await queries(admin)) > 0)
    await cloud.clients.sfn.send(new StopExecutionCommand({ executionArn: arnOf(cloud, body.id as string) }))
    const stopped = Date.now()
    expect(await outcomeOf(cloud, body.id as string)).toMatchObject({ status: 'ABORTED' })
    await waitFor(async () => (await queries(admin)) === 0)
    expect(Date.now() - stopped).toBeLessThan(10_000)
  } finally {
    await admin.end()
  }
})

describe('around the database', () => {
  test('the bucket is gone: the step is retried, and the mail says what cannot be reached', async () => {
    cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
    const Bucket = cloud.outputs.CarryoutBucketName as string
    const { Contents = [] } = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket }))
    await cloud.clients.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key: Key! })) } }),
    )
    await cloud.clients.s3.send(new DeleteBucketCommand({ Bucket }))
    const failed = await order(cloud, givenRequest())
    await expectFailure(failed, 'ExportChunk', 'StorageUnavailable', /There is no bucket/)
    expect(await triesOf(failed)).toEqual(Array(7).fill('StorageUnavailable'))
    await cloud.clients.s3.send(new CreateBucketCommand({ Bucket }))
  })

  test('SNS refuses: the execution fails with SNS’s message, and its file exists', async () => {
    cloud = await cloudWith({ databaseUrl: proxy.url, delayScale })
    await cloud.clients.sns.send(new DeleteTopicCommand({ TopicArn: cloud.outputs.CarryoutTopicArn }))
    const failed = await order(cloud, givenRequest())
    expect(failed).toMatchObject({ status: 'FAILED', error: 'NotFoundException' })
    expect(failed.cause).toContain('Notify: ')
    expect(await statesOf(failed)).toEqual(expect.arrayContaining(['Finish', 'Notify', 'NotifyFailure', 'Halt']))
  })
})

describe('the account', () => {
  test('has changed its password, which is never shown', async () => {
    const admin = await database.connect()
    const [username, password] = [`rotated_${database.database.slice(-8)}`, 'the-password-of-yesterday']
    await admin.query("CREATE USER ?@'%' IDENTIFIED BY ?", [username, password])
    try {
      await admin.query("GRANT SELECT ON *.* TO ?@'%'", [username])
      const url = new URL(proxy.url)
      Object.assign(url, { username, password })
      cloud = await cloudWith({ databaseUrl: url.href, delayScale })
      await admin.query("ALTER USER ?@'%' IDENTIFIED BY 'another'", [username])
      const failed = await order(cloud, givenRequest())
      await expectFailure(failed, 'ExportChunk', 'DatabaseUnavailable', /[Aa]ccess denied/)
      expect(JSON.stringify([failed, await eventsOf(failed.name!), cloud.outbox.list()])).not.toContain(password)
    } finally {
      await admin.query("DROP USER ?@'%'", [username])
      await admin.end()
    }
  })
})

describe('a function', () => {
  test.each<[string, string, RegExp, Partial<FunctionProperties>, string]>([
    [
      'its time',
      'Sandbox.Timedout',
      /Task timed out after 1\.00 seconds/,
      { Timeout: 1 },
      'await new Promise(() => setTimeout(() => {}, 1e6))',
    ],
    [
      'its memory',
      'Runtime.ExitError',
      /signal: killed/,
      { MemorySize: 128 },
      'const all = []; for (;;) { all.push(Buffer.alloc(1 << 22, 1)); await new Promise((r) => setTimeout(r, 5)) }',
    ],
  ])('that exceeds %s is retried, and then halts the execution', async (what, error, cause, properties, work) => {
    const assembly = await changedAssembly(
      join(directory, what.replace(' ', '-')),
      'export-chunk',
      (given) => Object.assign(given, properties),
      `export const handler = async () => { ${work} }`,
    )
    cloud = await cloudWith({ databaseUrl: proxy.url, assembly, delayScale })
    const failed = await order(cloud, givenRequest())
    await expectFailure(failed, 'ExportChunk', error, cause)
    expect(await triesOf(failed)).toEqual(Array(3).fill(error))
  })
})

/** Notifications to the operator about the database itself. */
function outageSubjects(): string[] {
  const mails = cloud.outbox.list().filter(({ to }) => to === 'operator@example.com')
  return mails.map(({ subject }) => subject).filter((subject) => subject.includes('the database'))
}

/** The mail about an outage names the request, too. */
function failureMail(name: string) {
  return mailAbout(cloud, name, 'operator@example.com', /^Download failed/)
}

/** Expects the failure in the execution and in the operator's mail, and advice in the requester's mail. */
async function expectFailure(
  { name, status, error, cause }: DescribeExecutionOutput,
  step: string,
  expected: string,
  reason: RegExp,
) {
  expect({ status, error }).toEqual({ status: 'FAILED', error: expected })
  expect(cause).toMatch(reason)
  const mail = await failureMail(name!)
  expect(mail.subject).toBe(`Download failed: orders (${expected})`)
  expect(mail.text).toContain(`Step: ${step}\nError: ${expected}\n`)
  expect(mail.text).toMatch(reason)
  const own = await mailAbout(cloud, name!, 'hanako@example.com')
  expect(own.subject).toMatch(/^Your download could not be completed: /)
  expect(own.text).toContain('The operators have been informed of this failure.')
  expect(own.text).not.toContain(expected)
}

async function triesOf({ name }: DescribeExecutionOutput): Promise<(string | undefined)[]> {
  const events = await eventsOf(name!)
  const failures = events.flatMap(({ taskFailedEventDetails }) =>
    taskFailedEventDetails ? [taskFailedEventDetails.error] : [],
  )
  // The last one is Halt's. A throttle is not a try: the function of an execution that was stopped may still hold the slot.
  return failures.slice(0, -1).filter((error) => error !== 'Lambda.TooManyRequestsException')
}

async function statesOf({ name }: DescribeExecutionOutput): Promise<string[]> {
  return (await eventsOf(name!)).flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [])
}

async function eventsOf(name: string) {
  const history = new GetExecutionHistoryCommand({ executionArn: arnOf(cloud, name), maxResults: 1000 })
  return (await cloud.clients.sfn.send(history)).events ?? []
}

async function queries(admin: Awaited<ReturnType<FreshDatabase['connect']>>): Promise<number> {
  const sessions = await serverSessions(admin, database.database)
  return sessions.filter(({ user, command }) => user === database.exporter.username && command !== 'Sleep').length
}

async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
}
