/** The functions' logs, as CloudWatch gives them late and in any order. */
import { StackNotFound } from '../../client/errors.ts'
import { type LogLine, readLogs } from '../../client/logs.ts'
import { type Asked, answering, Refusal } from '../support/answering.ts'

const T = 1_800_000_000_000
const since = new Date(T)
/** What is paused for is over. */
const signal = AbortSignal.abort()
const event = (eventId: string, second: number) => ({ eventId, timestamp: T + second * 1000, message: `${eventId}\n` })

test('lines of all groups are in the order of their times, over pages, and without a pause at the end', async () => {
  const { options } = givenLogs((group, { nextToken }) => {
    if (group === 'b') return { events: [event('b-1', 2)] }
    return nextToken ? { events: [event('a-3', 3)] } : { events: [event('a-4', 4), event('a-1', 1)], nextToken: 'next' }
  })
  const lines: LogLine[] = []
  for await (const line of readLogs('Shop', { since, signal }, options)) lines.push(line)
  expect(lines).toEqual([
    { at: new Date(T + 1000), group: 'a', message: 'a-1' },
    { at: new Date(T + 2000), group: 'b', message: 'b-1' },
    { at: new Date(T + 3000), group: 'a', message: 'a-3' },
    { at: new Date(T + 4000), group: 'a', message: 'a-4' },
  ])
})

test('those of one request are filtered by CloudWatch', async () => {
  const patterns: unknown[] = []
  const { options } = givenLogs((_, { filterPattern }) => {
    patterns.push(filterPattern)
    return {}
  })
  for (const id of ['orders-1', undefined]) {
    for await (const line of readLogs('Shop', { since, id }, options))
      throw new Error(`no line expected: ${line.message}`)
  }
  const pattern = '{ $.requestId = "orders-1" }'
  expect(patterns).toEqual([pattern, pattern, undefined, undefined])
})

test('while following, each line comes once, however late, and CloudWatch is asked again after a pause', async () => {
  const starts: number[] = []
  const { options } = givenLogs((group, { startTime }) => {
    if (group === 'b') return {}
    if (starts.push(startTime) > 3) throw new Error('It does not end.')
    // As CloudWatch does, it gives what is not before the start; the last two are late.
    const late = starts.length > 1 ? [event('late', 45), event('new', 61)] : []
    return {
      events: [...late, event('old', 29), event('border', 30), event('newest', 60)].filter(
        ({ timestamp }) => timestamp >= startTime,
      ),
    }
  })
  const stop = new AbortController()
  const seen: string[] = []
  const begun = performance.now()
  const read = async () => {
    for await (const { message } of readLogs('Shop', { since, follow: true, signal: stop.signal }, options)) {
      seen.push(message)
      if (message === 'new') stop.abort()
    }
  }
  await expect(read()).rejects.toThrow('aborted')
  expect(seen).toEqual(['old', 'border', 'newest', 'late', 'new'])
  expect(starts).toEqual([T, T + 30_000])
  expect(performance.now() - begun).toBeGreaterThan(1_000)
}, 20_000)

test('a stack that does not exist is refused', async () => {
  const { options } = answering(() => {
    throw new Refusal('ValidationError', 'Stack with id Shop does not exist', 'xml')
  })
  await expect(readLogs('Shop', { since }, options).next()).rejects.toThrow(StackNotFound)
})

/** A stack with the log groups `a` and `b`, whose lines a function gives. */
function givenLogs(linesOf: (group: string, fields: Asked['fields']) => object) {
  const resource = (type: string, id?: string) =>
    `<member><ResourceType>${type}</ResourceType>${id ? `<PhysicalResourceId>${id}</PhysicalResourceId>` : ''}</member>`
  const page = (content: string) =>
    `<ListStackResourcesResponse><ListStackResourcesResult>${content}</ListStackResourcesResult></ListStackResourcesResponse>`
  const resources = [
    ...[resource('AWS::Lambda::Function', 'function'), resource('AWS::Logs::LogGroup', 'a')],
    ...[resource('AWS::Logs::LogGroup'), resource('AWS::Logs::LogGroup', 'b')],
  ].join('')
  const first = `<StackResourceSummaries>${resources}</StackResourceSummaries><NextToken>more</NextToken>`
  return answering(({ operation, fields }) => {
    if (operation === 'ListStackResources') return page(fields.NextToken ? '' : first)
    return linesOf(fields.logGroupName, fields)
  })
}
