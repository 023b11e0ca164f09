import { forecastRunning, forecastWaiting, type Situation, typicalOf } from '../../client/forecast.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { randomOf } from '../chaos/random.ts'

const NOW = Date.parse('2026-11-28T10:00:00.000Z')
const at = (second: number) => new Date(NOW + second * 1000).toISOString()
let runs = 0

/** One that ran from one second to another, counted from now. */
function run(exportName: string, from: number, to: number, change: Partial<DownloadEntry> = {}): DownloadEntry {
  const times = { requestedAt: at(from), startedAt: at(from), endedAt: at(to), at: at(to) }
  const id = `run-${runs++}`
  return { id, state: 'ready', export: exportName, redriveCount: 0, rows: 10, bytes: 1_000, ...times, ...change }
}

function situation(change: Partial<Situation> = {}): Situation {
  const past = [run('orders', -100, -40), run('customers', -220, -210)]
  return { now: NOW, past, running: [], before: [], maxRunning: 1, ...change }
}

test('the first starts now, and is ready after its usual duration', () => {
  expect(forecastWaiting('orders', situation())).toEqual({ position: 0, startsAt: at(0), readyAt: at(60) })
})

test('each one before it takes its export’s usual duration, an unknown one the average', () => {
  const before = ['customers', 'orders', 'new']
  expect(forecastWaiting('orders', situation({ before }))).toEqual({ position: 3, startsAt: at(105), readyAt: at(165) })
})

test('it waits for running ones, longer if they are overdue', () => {
  const running = (since: number) => [run('orders', since, 0, { state: 'running', at: at(since) })]
  expect(forecastWaiting('orders', situation({ running: running(-20) })).startsAt).toBe(at(40))
  expect(forecastWaiting('orders', situation({ running: running(-100) })).startsAt).toBe(at(50))
  expect(forecastWaiting('orders', situation({ running: running(-60) })).startsAt).toBe(at(30))
  expect(forecastRunning(running(-20)[0]!, situation().past, NOW)).toEqual({
    position: 0,
    startsAt: at(-20),
    readyAt: at(40),
  })
})

test('slots work concurrently', () => {
  const { readyAt } = forecastWaiting('orders', situation({ before: ['orders', 'orders', 'orders'], maxRunning: 2 }))
  expect(readyAt).toBe(at(120))
})

test('the gap between two starts is learnt from requests that waited', () => {
  const past = [run('orders', -95, -35, { requestedAt: at(-200) }), run('orders', -160, -100)]
  expect(forecastWaiting('orders', situation({ past })).startsAt).toBe(at(5))
})

test('a usual gap is the median; one that was not waited for, or overlaps another run, is none', () => {
  const waited = { requestedAt: at(-999) }
  // The gaps are 9, 1, 8, 3 and 5 seconds.
  const spans = [
    [-300, -290],
    [-281, -270],
    [-269, -260],
    [-252, -240],
    [-237, -230],
    [-225, -220],
  ] as const
  const past = spans.map(([from, to]) => run('orders', from, to, waited)).toReversed()
  expect(forecastWaiting('orders', situation({ past })).startsAt).toBe(at(5))
  const idle = [run('orders', -50, -40), run('orders', -100, -90)]
  expect(forecastWaiting('orders', situation({ past: idle })).startsAt).toBe(at(0))
  const overlapping = [run('orders', -95, -40, waited), run('orders', -100, -90)]
  expect(forecastWaiting('orders', situation({ past: overlapping })).startsAt).toBe(at(0))
})

test('one that runs has no forecast if nothing like it ever ran, and none has a start before it is known', () => {
  const running = run('orders', -20, 0, { state: 'running', startedAt: undefined } as never)
  expect(forecastRunning(running, [], NOW)).toEqual({ position: 0, startsAt: null, readyAt: null })
})

test('a typical duration is that of the newest 20 runs whose start and end are known', () => {
  const unknown = [{ startedAt: undefined }, { endedAt: undefined }].map((change) =>
    run('orders', -9, -1, change as never),
  )
  const past = [...unknown, ...Array.from({ length: 21 }, (_, index) => run('orders', -100, index === 20 ? 0 : -90))]
  expect(typicalOf('orders', past)).toMatchObject({ runs: 20, seconds: 10 })
  const rows = run('orders', -100, -90, { rows: undefined, bytes: undefined } as never)
  expect(typicalOf('orders', [rows])).toMatchObject({ rows: 0, bytes: 0 })
})

test('there is no forecast for an export that never ran', () => {
  expect(forecastWaiting('orders', situation({ past: [] }))).toEqual({ position: 0, startsAt: null, readyAt: null })
  expect(typicalOf('orders', [])).toBeUndefined()
})

test('the typical duration is the average of the newest runs without replays', () => {
  const past = [
    run('orders', -40, -20, { rows: 30 }),
    run('orders', -100, -90),
    run('orders', -999, -1, { redriveCount: 1 }),
  ]
  expect(typicalOf('orders', past)).toEqual({ runs: 2, seconds: 15, rows: 20, bytes: 1_000 })
})

test('of a hundred requests of a shop’s mix, whose runs vary by a third, at least 95 forecasts are right within a factor of two', () => {
  const random = randomOf('mix')
  // Seconds, and how many of ten requests.
  const usual = { orders: 180, customers: 30, 'order-items': 540 }
  const mix = [
    'orders',
    'orders',
    'orders',
    'orders',
    'orders',
    'customers',
    'customers',
    'customers',
    'order-items',
    'order-items',
  ]
  const takes = (name: string) => usual[name as keyof typeof usual] * (2 / 3 + random.next() * (2 / 3))
  const requests = Array.from({ length: 140 }, (_, index) => ({
    name: random.pick(mix),
    arrivesAt: index * 200 * random.next(),
  }))
  requests.sort((one, other) => one.arrivesAt - other.arrivesAt)
  let freeAt = 0
  const runs = requests.map(({ name, arrivesAt }) => {
    const from = Math.max(freeAt, arrivesAt) + 2
    freeAt = from + takes(name)
    return { name, arrivesAt, from, to: freeAt }
  })
  // The first forty are what there is to learn from.
  const right = runs.slice(40).filter(({ name, arrivesAt: now, to }) => {
    const seen = (each: (typeof runs)[number], change = {}) =>
      run(each.name, each.from, each.to, { requestedAt: at(each.arrivesAt), ...change })
    const { readyAt } = forecastWaiting(name, {
      now: NOW + now * 1000,
      past: runs
        .filter((each) => each.to <= now)
        .map((each) => seen(each))
        .toReversed(),
      running: runs
        .filter((each) => each.from <= now && each.to > now)
        .map((each) => seen(each, { state: 'running', at: at(each.from) })),
      before: runs.filter((each) => each.arrivesAt < now && each.from > now).map((each) => each.name),
      maxRunning: 1,
    })
    const ratio = (Date.parse(readyAt!) - NOW - now * 1000) / ((to - now) * 1000)
    return ratio > 0.5 && ratio < 2
  })
  expect(right.length).toBeGreaterThanOrEqual(95)
})
