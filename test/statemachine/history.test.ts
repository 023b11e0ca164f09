/** An export of 25 days fits into its execution's history, whatever is set: events counted in runs of the deployed machine. */
import { readFileSync } from 'node:fs'
import { chunkDeadline } from '../../functions/common/deadline.ts'
import { EVENTS_OF_CHUNKS } from '../../functions/common/history-room.ts'
import { TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { type Cloud, openCloud, ROLE } from '../../local/test/states/cloud.ts'

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8').replaceAll(
  /\$\{Partition\}/g,
  'aws',
)
const DAYS_25_SECONDS = 25 * 24 * 3600
/** AWS ends an execution at 25,000; the rest is for retries. */
const MOST_EVENTS = 20_000
const LAMBDA_SECONDS = 900
const CHUNK_SECONDS = 840
const DAY = 24 * 3600
const EVENTS_OF_TRY = 3

let cloud: Cloud
let machine: string
/** Of each range. */
let chunks = 1
let parallelism = 1
/** How often the slot is taken before the first chunk. */
let taken = 0
beforeAll(async () => {
  cloud = await openCloud(runTask, { delayScale: 0 })
  machine = cloud.states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
})
afterAll(() => cloud.close())

test.each(
  [0, 1, 10, 60, 300, 899].flatMap((chunkBudget) => [1, 2, 4, 8, 16, 40].map((ranges) => ({ chunkBudget, ranges }))),
)('25 days of queries, with a chunkBudget of $chunkBudget s and $ranges ranges', async ({ chunkBudget, ranges }) => {
  const each = chunksOf(DAYS_25_SECONDS / ranges, ranges, chunkBudget)
  const one = await eventsOf({ ranges, each: 1 })
  const perChunk = ((await eventsOf({ ranges, each: 3 })) - one) / (2 * ranges)
  expect(perChunk).toBe(7)
  const events = one + (each - 1) * ranges * perChunk
  expect(events).toBeLessThanOrEqual(MOST_EVENTS)
  // A short budget is kept as long as it can be.
  if (chunkBudget > 0) expect(secondsOf(0, ranges, chunkBudget)).toBeCloseTo(Math.min(chunkBudget, 840), 0)
})

describe('waiting for a slot that another export has, and exporting', () => {
  let alone: number
  beforeAll(async () => {
    alone = await eventsOf({ ranges: 1, each: 1 })
    const perTry = ((await eventsOf({ ranges: 1, each: 1, slotTaken: 10 })) - alone) / 10
    expect(perTry).toBe(EVENTS_OF_TRY)
  })

  test.each([
    [25, 5],
    [20, 10],
    [15, 15],
    [10, 20],
    [0, 30],
  ])('%d days of waiting first and %d days of exporting then leave room for retries', (waiting, exporting) => {
    const tries = triesIn(waiting * DAY)
    expect(tries).toBeLessThanOrEqual(slotRule().MaxAttempts)
    const events = alone + tries * EVENTS_OF_TRY + chunksOf(exporting * DAY, 1, 0) * 7
    expect(events).toBeLessThanOrEqual(EVENTS_OF_CHUNKS)
  })

  test('taking turns chunk by chunk takes five times the events, and is refused with a named error after two weeks', () => {
    // Each chunk's waiting begins anew, with short delays, and lasts as long as a chunk of the other.
    const perTurn = 7 + triesIn(CHUNK_SECONDS) * EVENTS_OF_TRY
    const days = ((EVENTS_OF_CHUNKS / perTurn) * 2 * CHUNK_SECONDS) / DAY
    expect(days).toBeCloseTo(14, 0)
  })

  test('the remaining history suffices for 41 hours of waiting for the last slot, and for the end', async () => {
    const left = 25_000 - EVENTS_OF_CHUNKS - alone
    expect(left).toBeGreaterThan(triesIn(38 * 3600) * EVENTS_OF_TRY)
  })
})

test('an export of 3,300 chunks runs through the deployed machine within its history', async () => {
  const events = await eventsOf({ ranges: 1, each: 3300 })
  expect(events).toBeLessThan(25_000)
}, 120_000)

/** How many chunks a range has whose queries take so long, each chunk ending at its deadline. */
function chunksOf(seconds: number, ranges: number, chunkBudget: number): number {
  let count = 0
  for (let covered = 0; covered < seconds; count++) covered += secondsOf(count, ranges, chunkBudget)
  return count
}

function secondsOf(written: number, ranges: number, chunkBudget: number): number {
  const context = { getRemainingTimeInMillis: () => LAMBDA_SECONDS * 1000 }
  const given = { plan: { parallelism: ranges }, range: { chunks: written } }
  return (chunkDeadline(context, given, chunkBudget) - Date.now()) / 1000
}

/** How often a slot is asked for in so many seconds of waiting: full jitter waits half of the delay on average. */
function triesIn(seconds: number): number {
  const { IntervalSeconds, BackoffRate, MaxDelaySeconds } = slotRule()
  let tries = 0
  for (let waited = 0; waited < seconds; tries++) {
    waited += Math.min(IntervalSeconds * BackoffRate ** tries, MaxDelaySeconds) / 2
  }
  return tries
}

function slotRule(): { IntervalSeconds: number; BackoffRate: number; MaxDelaySeconds: number; MaxAttempts: number } {
  const { Retry } = JSON.parse(DEFINITION).States.Export.ItemProcessor.States.ExportChunk
  return Retry.find(({ ErrorEquals }: { ErrorEquals: string[] }) =>
    ErrorEquals.includes('Lambda.TooManyRequestsException'),
  )
}

async function eventsOf(given: { ranges: number; each: number; slotTaken?: number }): Promise<number> {
  parallelism = given.ranges
  chunks = given.each
  taken = given.slotTaken ?? 0
  const executionArn = await cloud.start(machine, { id: 'r' })
  expect(await cloud.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
  return (await cloud.history(executionArn)).length
}

async function runTask({ arguments: args }: Parameters<TaskRunner>[0]): Promise<unknown> {
  const { FunctionName, Payload } = args as { FunctionName: string; Payload: never }
  return { Payload: answer(/^\$\{(\w+)Function\}$/.exec(FunctionName)?.[1], Payload) }
}

function answer(step: string | undefined, payload: { range?: { chunks: number }; ranges?: object[] }): unknown {
  const ranges = (count: number) => Array.from({ length: count }, (_, index) => ({ index, done: false, chunks: 0 }))
  if (step === 'Prepare') return { request: { id: 'r' }, plan: { parallelism }, ranges: ranges(1) }
  if (step === 'Finish') return { ...payload, file: {} }
  if (step !== 'ExportChunk') return null
  const { range } = payload
  if (!range) return { ...payload, ranges: ranges(parallelism) }
  if (taken > 0) {
    taken--
    throw new TaskError('Lambda.TooManyRequestsException', 'Rate Exceeded.')
  }
  return { ...range, chunks: range.chunks + 1, done: range.chunks + 1 === chunks }
}
