/** Behaviour of a function if a service accepts its connection but never responds, because packets are dropped. */
import { globSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn'
import { connect, limits } from '../../../functions/common/clients.ts'
import { watchExecution } from '../../../functions/common/watch-execution.ts'
import { functionOf, synthesized } from '../../cdk/support.ts'
import { type SilentServer, startSilentServer } from '../../support/silent-server.ts'

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:m:e'

let silent: SilentServer
beforeAll(async () => {
  silent = await startSilentServer()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: silent.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  })
})
afterAll(() => silent.close())

/** The longest that all attempts take together, and the waits between them. */
const longest = ({ attemptMillis, attempts }: { attemptMillis: number; attempts: number }) =>
  attempts * attemptMillis + (attempts - 1) * 500

test('a call without a response fails after its attempts', async () => {
  const client = connect(SFNClient, { attemptMillis: 100, attempts: 3 })
  const before = silent.accepted()
  await expect(client.send(new DescribeExecutionCommand({ executionArn: EXECUTION }))).rejects.toMatchObject({
    name: 'TimeoutError',
  })
  expect(silent.accepted() - before).toBe(3)
})

test('every service’s client has the limits', async () => {
  const client = connect(S3Client, { attemptMillis: 100, attempts: 1 })
  await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'TimeoutError' })
})

test('a response that never begins fails, even if its server keeps sending', async () => {
  const trickling = createServer((socket) => {
    const timer = setInterval(() => socket.write('X-Byte: 1\r\n'), 20)
    socket.on('error', () => {}).on('close', () => clearInterval(timer))
    socket.write('HTTP/1.1 200 OK\r\n')
  })
  await new Promise<void>((resolve) => trickling.listen(0, '127.0.0.1', resolve))
  const { port } = trickling.address() as AddressInfo
  const client = connect(SFNClient, { attemptMillis: 300, attempts: 1 })
  Object.assign(client.config, {
    endpoint: async () => ({ protocol: 'http:', hostname: '127.0.0.1', port, path: '/' }),
  })
  try {
    await expect(client.send(new DescribeExecutionCommand({ executionArn: EXECUTION }))).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  } finally {
    client.destroy()
    trickling.close()
  }
}, 10_000)

test('a check of an execution without a response neither delays nor fails the work', async () => {
  const watch = watchExecution(connect(SFNClient, { attemptMillis: 300, attempts: 1 }), EXECUTION)
  try {
    expect(await watch.check()).toBe('runs')
    // The service is now known not to respond, so it is not called.
    const asked = silent.accepted()
    expect(await watch.check()).toBe('runs')
    expect(silent.accepted()).toBe(asked)
    expect(watch.signal.aborted).toBe(false)
  } finally {
    watch.end()
  }
})

test('no function waits for a service longer than its own timeout', () => {
  const template = synthesized()
  const secondsOf = (handler: string) => functionOf(template, handler).Timeout as number
  for (const [handler, limit] of [
    ['halt', limits.call],
    ['notify', limits.publish],
    ['open-link', limits.call],
    ['discard', limits.upload],
    ['finish', limits.compose],
    ['export-chunk', limits.upload],
    ['export-chunk', limits.statement],
  ] as const) {
    expect(longest(limit)).toBeLessThan(secondsOf(handler) * 1000)
  }
  // The time that `start` reserves to check for a pause twice and to return the message, and `export-chunk` for its last part.
  expect(2 * longest(limits.table) + longest(limits.handBack)).toBeLessThan(15_000)
  expect(longest(limits.upload)).toBeLessThan(60_000)
  // A check of an execution that is made every two seconds.
  expect(longest(limits.look)).toBeLessThan(2_000)
})

test('clients are created in one place', () => {
  const elsewhere = globSync('functions/**/*.ts')
    .filter((file) => file !== 'functions/common/clients.ts')
    .filter((file) => /new \w+Client\(|\bgetSecret\(|new SecretsProvider\(\)/.test(readFileSync(file, 'utf8')))
  expect(elsewhere).toEqual([])
})
