import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  type FilterLogEventsCommandInput,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs'
import { createLogs } from '../../src/logs/logs.ts'
import { openStore } from '../../src/store.ts'
import { listen } from '../lambda/bundle.ts'

async function setUp({ maxBytesPerGroup }: { maxBytesPerGroup?: number } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'logs-'))
  const store = openStore(directory)
  const clock = { now: 1_000_000 }
  const options = { now: () => clock.now, ...(maxBytesPerGroup !== undefined && { maxBytesPerGroup }) }
  const logs = createLogs({ store, ...options })
  const server = await listen((request, response) => logs.handler(request, response))
  const client = new CloudWatchLogsClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  return {
    logs,
    store,
    client,
    clock,
    reopened: () => createLogs({ store, ...options }),
    write: (stream: string, ...messages: string[]) => {
      for (const message of messages) logs.write({ group: '/aws/lambda/a', stream, message, timestamp: clock.now++ })
    },
    filter: (input: Partial<FilterLogEventsCommandInput> = {}) =>
      client.send(new FilterLogEventsCommand({ logGroupName: '/aws/lambda/a', ...input })),
    get: (input: Partial<GetLogEventsCommandInput> = {}) =>
      client.send(new GetLogEventsCommand({ logGroupName: '/aws/lambda/a', logStreamName: 's', ...input })),
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server[Symbol.asyncDispose]()
      logs.flush()
      store.close()
      rmSync(directory, { recursive: true })
    },
  }
}

const messages = (answer: { events?: { message?: string | undefined }[] | undefined }) =>
  answer.events?.map((event) => event.message)

describe('FilterLogEvents', () => {
  test('gives the lines of all streams in the order of their time, each with an id of its own', async () => {
    await using at = await setUp()
    at.write('s', '1')
    at.write('t', '2')
    at.write('s', '3')
    const { events = [] } = await at.filter({ interleaved: true })
    expect(events).toMatchObject([
      { logStreamName: 's', message: '1', timestamp: 1_000_000, ingestionTime: expect.any(Number) },
      { logStreamName: 't', message: '2', timestamp: 1_000_001 },
      { logStreamName: 's', message: '3', timestamp: 1_000_002 },
    ])
    expect(new Set(events.map((event) => event.eventId)).size).toBe(3)
  })

  test('narrows by time (both ends count), stream, prefix and pattern', async () => {
    await using at = await setUp()
    at.write('s1', 'ERROR 0', 'INFO 1', 'ERROR 2', '{"level":"ERROR"}')
    at.write('t1', 'ERROR 4')
    expect(messages(await at.filter({ startTime: 1_000_001, endTime: 1_000_002 }))).toEqual(['INFO 1', 'ERROR 2'])
    expect(messages(await at.filter({ logStreamNames: ['t1', 'u1'] }))).toEqual(['ERROR 4'])
    expect(messages(await at.filter({ logStreamNamePrefix: 's', filterPattern: 'INFO' }))).toEqual(['INFO 1'])
    expect(messages(await at.filter({ filterPattern: '{ $.level = "ERROR" }' }))).toEqual(['{"level":"ERROR"}'])
  })

  test('pages through what matches', async () => {
    await using at = await setUp()
    at.write('s', 'a1', 'b', 'a2', 'b', 'a3')
    const first = await at.filter({ filterPattern: 'a', limit: 2 })
    expect(messages(first)).toEqual(['a1', 'a2'])
    const { nextToken } = first
    const second = await at.filter({ filterPattern: 'a', limit: 2, nextToken })
    expect(messages(second)).toEqual(['a3'])
    expect(second.nextToken).toBeUndefined()
  })

  test('lets a follower see every line once, as `aws logs tail --follow` asks', async () => {
    await using at = await setUp()
    const seen = new Set<string>()
    const followed: unknown[] = []
    let startTime = 0
    for (let round = 0; round < 5; round++) {
      // All in one millisecond: where the follower begins again, it gets some lines a second time.
      at.clock.now = 1_000_000 + Math.floor(round / 2)
      at.logs.write({ group: '/aws/lambda/a', stream: `s${round % 2}`, message: `line ${round}` })
      const { events = [] } = await at.filter({ interleaved: true, startTime })
      for (const event of events.filter(({ eventId }) => !seen.has(String(eventId)))) {
        seen.add(String(event.eventId))
        followed.push(event.message)
        startTime = Math.max(startTime, Number(event.timestamp))
      }
    }
    expect(followed).toEqual(['line 0', 'line 1', 'line 2', 'line 3', 'line 4'])
  })

  test('takes a group’s ARN too', async () => {
    await using at = await setUp()
    at.write('s', 'x')
    const logGroupIdentifier = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/a'
    expect(messages(await at.client.send(new FilterLogEventsCommand({ logGroupIdentifier })))).toEqual(['x'])
  })

  test.each([
    ['a group that does not exist', { logGroupName: '/aws/lambda/b' }, 'ResourceNotFoundException'],
    ['a pattern that cannot be read', { filterPattern: '{ x' }, 'InvalidParameterException'],
    ['a token of somebody else', { nextToken: 'x' }, 'InvalidParameterException'],
    ['a limit beyond 10,000', { limit: 10_001 }, 'InvalidParameterException'],
  ])('refuses %s', async (_what, input, name) => {
    await using at = await setUp()
    at.write('s', 'x')
    await expect(at.filter(input)).rejects.toMatchObject({ name })
  })
})

describe('GetLogEvents', () => {
  test('returns the newest lines, then pages backward to the oldest, where it returns the same token', async () => {
    await using at = await setUp()
    at.write('s', '1', '2', '3')
    at.write('t', 'other')
    const newest = await at.get({ limit: 2 })
    expect(messages(newest)).toEqual(['2', '3'])
    const older = await at.get({ limit: 2, nextToken: newest.nextBackwardToken })
    expect(messages(older)).toEqual(['1'])
    const none = await at.get({ limit: 2, nextToken: older.nextBackwardToken })
    expect(messages(none)).toEqual([])
    expect(none.nextBackwardToken).toBe(older.nextBackwardToken)
  })

  test('pages forward from the head, and continues when new lines arrive', async () => {
    await using at = await setUp()
    at.write('s', '1', '2', '3')
    const first = await at.get({ limit: 2, startFromHead: true })
    expect(messages(first)).toEqual(['1', '2'])
    const second = await at.get({ nextToken: first.nextForwardToken })
    expect(messages(second)).toEqual(['3'])
    const end = await at.get({ nextToken: second.nextForwardToken })
    expect([messages(end), end.nextForwardToken]).toEqual([[], second.nextForwardToken])
    at.write('s', '4')
    expect(messages(await at.get({ nextToken: end.nextForwardToken }))).toEqual(['4'])
  })

  test('narrows by time (the end does not count)', async () => {
    await using at = await setUp()
    at.write('s', '1', '2', '3')
    expect(messages(await at.get({ startTime: 1_000_001, endTime: 1_000_002 }))).toEqual(['2'])
  })

  test('refuses a stream that does not exist', async () => {
    await using at = await setUp()
    at.write('s', '1')
    await expect(at.get({ logStreamName: 't' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  })
})

describe('groups and streams', () => {
  test('are described, with their retention and size', async () => {
    await using at = await setUp()
    at.logs.createGroup('/aws/lambda/b', { retentionDays: 14 })
    at.write('s', '1')
    at.write('t', '2')
    expect((await at.client.send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([
      { logGroupName: '/aws/lambda/a', storedBytes: 54 },
      {
        logGroupName: '/aws/lambda/b',
        storedBytes: 0,
        retentionInDays: 14,
        arn: expect.stringMatching(/:log-group:\/aws\/lambda\/b:\*$/),
      },
    ])
    const found = async (input: object) =>
      (await at.client.send(new DescribeLogGroupsCommand(input))).logGroups?.map((group) => group.logGroupName)
    expect(await found({ logGroupNamePrefix: '/aws/lambda/b' })).toEqual(['/aws/lambda/b'])
    expect(await found({ logGroupNamePattern: 'LAMBDA/A' })).toEqual(['/aws/lambda/a'])
    const streams = await at.client.send(
      new DescribeLogStreamsCommand({
        logGroupName: '/aws/lambda/a',
        orderBy: 'LastEventTime',
        descending: true,
        limit: 1,
      }),
    )
    expect(streams.logStreams).toMatchObject([
      { logStreamName: 't', firstEventTimestamp: 1_000_001, lastEventTimestamp: 1_000_001 },
    ])
    const rest = await at.client.send(
      new DescribeLogStreamsCommand({
        logGroupName: '/aws/lambda/a',
        orderBy: 'LastEventTime',
        descending: true,
        nextToken: streams.nextToken,
      }),
    )
    expect(rest.logStreams?.map((stream) => stream.logStreamName)).toEqual(['s'])
  })

  test('outlive the process', async () => {
    await using at = await setUp()
    at.write('s', 'before')
    at.logs.flush()
    at.reopened().write({ group: '/aws/lambda/a', stream: 's', message: 'after' })
    await new Promise(setImmediate)
    expect(messages(await at.filter())).toEqual(['before', 'after'])
  })

  test('drop their oldest lines beyond their size, and streams without lines', async () => {
    await using at = await setUp({ maxBytesPerGroup: 10_000 })
    at.write('old', 'x'.repeat(1000))
    for (let i = 0; i < 100; i++) at.write('new', `${i} ${'注'.repeat(300)}`)
    const { events = [] } = await at.filter()
    expect(events.length).toBeGreaterThan(8)
    expect(events.length).toBeLessThan(11)
    expect(events.at(-1)?.message).toMatch(/^99 /)
    const { logGroups = [] } = await at.client.send(new DescribeLogGroupsCommand({}))
    expect(logGroups[0]?.storedBytes).toBeLessThanOrEqual(10_000)
    const { logStreams = [] } = await at.client.send(new DescribeLogStreamsCommand({ logGroupName: '/aws/lambda/a' }))
    expect(logStreams.map((stream) => stream.logStreamName)).toEqual(['new'])
  })

  test('drop lines beyond their retention, at the next start at the latest', async () => {
    await using at = await setUp()
    at.write('s', 'old')
    at.clock.now += 8 * 24 * 60 * 60 * 1000
    at.write('s', 'new')
    at.logs.flush()
    at.reopened().createGroup('/aws/lambda/a', { retentionDays: 7 })
    expect(messages(await at.filter())).toEqual(['new'])
  })

  test('split a line that is too long for one event', async () => {
    await using at = await setUp()
    at.write('s', 'x'.repeat(300 * 1024))
    expect(messages(await at.filter())?.map((message) => message?.length)).toEqual([256 * 1024, 44 * 1024])
  })
})

test('a listener gets each line until it leaves', async () => {
  await using at = await setUp()
  const lines: string[] = []
  const leave = at.logs.onLine(({ group, stream, message }) => lines.push(`${group} ${stream} ${message}`))
  at.write('s', '1')
  leave()
  at.write('s', '2')
  expect(lines).toEqual(['/aws/lambda/a s 1'])
})
