import { jest } from '@jest/globals'
import { env } from '../../../functions/common/environment.ts'
import { DIMENSIONS, METRICS } from '../../../statemachine/metrics.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'

interface Line {
  _aws: {
    CloudWatchMetrics: [{ Namespace: string; Dimensions: [string[]]; Metrics: { Name: string; Unit: string }[] }]
  }
  [name: string]: unknown
}

const at = '2026-11-30T06:00:00.000Z'
const entry: DownloadEntry = {
  id: 'orders-1',
  state: 'running',
  at,
  requestedAt: at,
  redriveCount: 0,
  export: 'orders',
}
const ended = { startedAt: at, endedAt: '2026-11-30T06:00:30.000Z' }

let metrics: typeof import('../../../functions/common/metrics.ts')
let written: string[]
beforeAll(async () => {
  process.env[env.NAME] = 'Shop'
  metrics = await import('../../../functions/common/metrics.ts')
})
beforeEach(() => {
  written = []
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
})
afterEach(() => jest.restoreAllMocks())

const stack = { [DIMENSIONS.stack]: 'Shop' }
const ofExport = { ...stack, [DIMENSIONS.export]: 'orders' }

test.each<[string, Partial<DownloadEntry>, [dimensions: object, values: object][]]>([
  ['has started', {}, [[stack, { [METRICS.started]: 1 }]]],
  ['runs again after a redrive', { redriveCount: 1 }, []],
  ['waits', { state: 'waiting' }, []],
  ['was cancelled', { state: 'cancelled' }, [[stack, { [METRICS.cancelled]: 1 }]]],
  [
    'is ready',
    { ...ended, state: 'ready', rows: 3, bytes: 30 },
    [stack, ofExport].map((dimensions) => [
      dimensions,
      { [METRICS.ready]: 1, [METRICS.rows]: 3, [METRICS.bytes]: 30, [METRICS.duration]: 30 },
    ]),
  ],
  [
    'is ready, of which no more is known',
    { startedAt: at, state: 'ready' },
    [stack, ofExport].map((dimensions) => [
      dimensions,
      { [METRICS.ready]: 1, [METRICS.rows]: 0, [METRICS.bytes]: 0, [METRICS.duration]: 0 },
    ]),
  ],
  [
    'has failed',
    { state: 'failed', error: 'QueryFailed' },
    [stack, ofExport, { ...stack, [DIMENSIONS.error]: 'QueryFailed' }].map((dimensions) => [
      dimensions,
      { [METRICS.failed]: 1 },
    ]),
  ],
  [
    'has failed without an error',
    { state: 'failed' },
    [stack, ofExport, { ...stack, [DIMENSIONS.error]: 'unknown' }].map((dimensions) => [
      dimensions,
      { [METRICS.failed]: 1 },
    ]),
  ],
])('a download that %s is counted', (_, change, expected) => {
  metrics.countOutcome({ ...entry, ...change })
  expect(counted().map(({ dimensions, values }) => [dimensions, values])).toEqual(expected)
})

test('a metric has its unit, and no dimensions but those that its alarms and the dashboard ask for', () => {
  metrics.count({ [METRICS.waiting]: 1.5, [METRICS.bytes]: 30, [METRICS.notStarted]: 1 })
  expect(counted()).toEqual([
    {
      dimensions: stack,
      values: { [METRICS.waiting]: 1.5, [METRICS.bytes]: 30, [METRICS.notStarted]: 1 },
      units: ['Seconds', 'Bytes', 'Count'],
    },
  ])
})

function counted() {
  return written
    .filter((line) => line.includes('"_aws"'))
    .map((text) => {
      const line = JSON.parse(text) as Line
      const [{ Dimensions, Metrics }] = line._aws.CloudWatchMetrics
      const pick = (names: string[]) => Object.fromEntries(names.map((name) => [name, line[name]]))
      const values = pick(Metrics.map(({ Name }) => Name))
      return { dimensions: pick(Dimensions[0]), values, units: Metrics.map(({ Unit }) => Unit) }
    })
}
