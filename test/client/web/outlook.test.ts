/** Forecasts from what waits and runs, and how often the table is read for them. */
import { jest } from '@jest/globals'
import { Outlook } from '../../../client/web/outlook.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'
import { givenEntry, READY } from './scripted.ts'

const NOW = Date.parse('2026-07-01T01:00:00.000Z')
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString()

let now: number
beforeEach(() => {
  now = NOW
  jest.spyOn(Date, 'now').mockImplementation(() => now)
})
afterEach(() => jest.restoreAllMocks())

interface Facts {
  ready?: DownloadEntry[]
  running?: DownloadEntry[]
  line?: { place: string; export: string | undefined }[]
  maxRunning?: number
  pause?: object
  outage?: object
}

function givenOutlook({ ready = [], running = [], line = [], maxRunning = 1, pause, outage }: Facts = {}) {
  const reads: string[] = []
  const noted = <T>(name: string, value: T) => {
    reads.push(name)
    return Promise.resolve(value)
  }
  const table = {
    newest: (state: 'ready' | 'running') => noted(state, { ready, running }[state]),
    line: () => noted('line', line),
    maxRunning: () => noted('maxRunning', maxRunning),
    pause: () => noted('pause', pause),
    outage: () => noted('outage', outage),
  }
  return { outlook: new Outlook(async () => table as never), reads }
}

/** A run of a minute, ended. */
const PAST = givenEntry({ ...READY, startedAt: at(-120), endedAt: at(-60), requestedAt: at(-130) })
const WAITING = givenEntry({ place: '1#b' })

test('a waiting download starts after the running one and those before its place', async () => {
  const running = [givenEntry({ state: 'running', at: at(-20), startedAt: at(-20) })]
  const line = ['1#a', '1#b', '1#c'].map((place) => ({ place, export: 'orders' }))
  const { outlook } = givenOutlook({ ready: [PAST], running, line })
  expect(await outlook.forecast(WAITING)).toEqual({ position: 1, startsAt: at(100), readyAt: at(160) })
  expect(await outlook.waiting()).toBe(3)
  const two = givenOutlook({ ready: [PAST], running, line, maxRunning: 2 })
  expect(await two.outlook.forecast(WAITING)).toEqual({ position: 1, startsAt: at(40), readyAt: at(100) })
})

test('a waiting download without a place is before all others', async () => {
  const { outlook } = givenOutlook({ ready: [PAST], line: [{ place: '1#a', export: 'orders' }] })
  expect(await outlook.forecast(givenEntry())).toMatchObject({ position: 0, startsAt: at(0) })
})

test('a running download is ready when one like it usually is, without a look at those that wait', async () => {
  const { outlook, reads } = givenOutlook({ ready: [PAST] })
  const entry = givenEntry({ state: 'running', at: at(-20), startedAt: at(-20) })
  expect(await outlook.forecast(entry)).toEqual({ position: 0, startsAt: at(-20), readyAt: at(40) })
  expect(reads).toEqual(['ready'])
})

test('a download that is over has no forecast, and nothing is read for it', async () => {
  const { outlook, reads } = givenOutlook({ ready: [PAST] })
  expect([await outlook.forecast(PAST), reads]).toEqual([null, []])
})

test('what an export usually takes comes from its newest runs', async () => {
  const { outlook } = givenOutlook({ ready: [PAST] })
  expect(await outlook.typical('orders')).toEqual({ runs: 1, seconds: 60, rows: 7, bytes: 70 })
  expect(await outlook.typical('other')).toBeUndefined()
})

test('nothing starts while downloads are paused or the database does not respond', async () => {
  expect(await givenOutlook({ pause: { at: at(0) } }).outlook.isPaused()).toBe(true)
  expect(await givenOutlook({ outage: { since: at(0) } }).outlook.isPaused()).toBe(true)
  expect(await givenOutlook().outlook.isPaused()).toBe(false)
})

test('places and pauses are read every two seconds, and past runs every five', async () => {
  const { outlook, reads } = givenOutlook()
  const seen: Record<number, string[]> = {}
  for (const second of [0, 1, 1.999, 2, 3, 4, 4.999, 5]) {
    now = NOW + second * 1000
    await Promise.all([outlook.forecast(WAITING), outlook.forecast(WAITING), outlook.waiting(), outlook.isPaused()])
    seen[second] = reads.splice(0).sort()
  }
  const [places, past] = [
    ['line', 'outage', 'pause', 'running'],
    ['maxRunning', 'ready'],
  ]
  expect(seen).toEqual({
    0: [...places, ...past].sort(),
    1: [],
    1.999: [],
    2: places,
    3: [],
    4: places,
    4.999: [],
    5: past,
  })
})
