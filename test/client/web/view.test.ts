import type { Progress } from '../../../client/progress.ts'
import { toView, type ViewFacts } from '../../../client/web/view.ts'
import type { DownloadEntry } from '../../../statemachine/table.ts'

const DAY_MILLIS = 86_400_000
const END = Date.parse('2026-11-30T06:00:00.000Z')
const at = (millis: number) => new Date(millis).toISOString()
const ENTRY: DownloadEntry = {
  ...{ id: 'orders-1', state: 'waiting', at: at(END - 60_000), requestedAt: at(END - 90_000), redriveCount: 0 },
  export: 'orders',
}
const FILE = { fileName: 'orders.csv', rows: 7, bytes: 70 }
const FORECAST = { position: 2, startsAt: '2026-11-30T06:01:02.999Z', readyAt: '2026-11-30T06:03:04.999Z' }
const TYPICAL = { seconds: 60, rows: 900, bytes: 9_000 } as ViewFacts['typical']

function view(change: Partial<DownloadEntry>, progress?: Partial<Progress>, facts: Partial<ViewFacts> = {}) {
  const running = { status: 'RUNNING', rows: 0, bytes: 0, estimatedRows: null, title: null, format: null, ...progress }
  return toView({
    look: { entry: { ...ENTRY, ...change }, progress: progress && (running as Progress) },
    ...{ language: 'en', forecast: null, typical: undefined, isPaused: false, retentionDays: 7, now: END, ...facts },
  })
}

test('a download that waits has its place and a forecast, to the second', () => {
  expect(view({ params: '{"a":1}', format: 'csv' }, undefined, { forecast: FORECAST, typical: TYPICAL })).toEqual({
    ...{ id: 'orders-1', export: 'orders', title: null, format: 'csv', params: { a: 1 }, status: 'waiting' },
    ...{ requestedAt: ENTRY.requestedAt, endedAt: null, position: 2, paused: false },
    ...{ expectedStartAt: '2026-11-30T06:01:02Z', expectedReadyAt: '2026-11-30T06:03:04Z' },
    ...{ rows: null, expectedRows: 900, bytes: null, file: null, error: null },
  })
  expect(view({ export: undefined } as object)).toMatchObject({
    ...{ export: '', format: '', params: {}, position: null, expectedStartAt: null, expectedRows: null },
  })
})

test('a download that waits while downloads are paused keeps its place, without a forecast', () => {
  expect(view({}, undefined, { forecast: FORECAST, isPaused: true })).toMatchObject({
    ...{ paused: true, position: 2, expectedStartAt: null, expectedReadyAt: null },
  })
})

test('a download that runs has what is written so far, and no place', () => {
  const progress = { rows: 3, bytes: 30, estimatedRows: 800, title: 'Orders', format: 'csv' as const }
  const facts = { forecast: FORECAST, typical: TYPICAL, isPaused: false }
  expect(view({ state: 'running' }, progress, facts)).toMatchObject({
    ...{ status: 'running', title: 'Orders', format: 'csv', rows: 3, bytes: 30, expectedRows: 800, endedAt: null },
    ...{ position: null, expectedStartAt: null, expectedReadyAt: '2026-11-30T06:03:04Z', paused: false, error: null },
  })
  expect(view({ state: 'running' }, { rows: 0, bytes: 0 }, facts)).toMatchObject({
    ...{ rows: null, bytes: null, expectedRows: 900 },
  })
  expect(view({ state: 'running' }, { rows: 1, bytes: 1 })).toMatchObject({ rows: 1, bytes: 1, expectedRows: null })
})

test('a download that is ready has its file until its retention ends, and is expired then', () => {
  const ready = { ...FILE, state: 'ready', endedAt: at(END), title: 'Orders' } as const
  const until = END + 7 * DAY_MILLIS
  expect(view(ready, undefined, { forecast: FORECAST, typical: TYPICAL, now: until - 1 })).toMatchObject({
    ...{ status: 'ready', title: 'Orders', endedAt: at(END), rows: 7, bytes: 70, expectedRows: null, error: null },
    file: { name: 'orders.csv', bytes: 70, availableUntil: at(until) },
  })
  expect(view(ready, undefined, { now: until })).toMatchObject({ status: 'expired', file: null, error: null, rows: 7 })
  expect(view(ready, undefined, { now: until, retentionDays: null })).toMatchObject({
    ...{ status: 'ready', file: { availableUntil: null } },
  })
})

test('a download that the table still shows as running has ended if its execution has', () => {
  const file = { name: 'orders.csv', bytes: 70 } as Progress['file']
  const ended = { stoppedAt: new Date(END), rows: 7, bytes: 70 }
  const facts = { forecast: FORECAST }
  expect(view({ state: 'running' }, { ...ended, status: 'SUCCEEDED', file }, facts)).toMatchObject({
    ...{ status: 'ready', endedAt: at(END), rows: 7, expectedReadyAt: null },
    file: { name: 'orders.csv', bytes: 70, availableUntil: at(END + 7 * DAY_MILLIS) },
  })
  const failure = { step: 'ExportChunk', error: 'TooManyRows', reason: 'secret' }
  for (const status of ['FAILED', 'TIMED_OUT'] as const)
    expect(view({ state: 'running' }, { ...ended, status, failure })).toMatchObject({
      ...{ status: 'failed', error: { name: 'TooManyRows', retryable: false }, file: null },
    })
  expect(view({ state: 'running' }, { ...ended, status: 'ABORTED' })).toMatchObject({
    status: 'cancelled',
    error: null,
  })
})

test('a failure has a sentence in the requester’s language, and never the database’s', () => {
  const { error, endedAt } = view({ state: 'failed', error: 'QueryFailed', reason: 'secret' }, undefined, {
    language: 'ja',
  })
  expect(error).toEqual({
    ...{ name: 'QueryFailed', retryable: true },
    message: '完了できませんでした。担当者に通知済みです。もう一度試すこともできます。',
  })
  // Without a time of its end it ended when it was last changed.
  expect(endedAt).toBe(ENTRY.at)
  expect(view({ state: 'failed' }).error?.name).toBe('Failed')
})

test('a file that is not known in full is not offered', () => {
  for (const change of [{ fileName: 'orders.csv' }, { bytes: 70 }])
    expect(view({ ...change, state: 'ready' })).toMatchObject({ status: 'ready', file: null })
  expect(view({ ...FILE, state: 'ready' }).file).toEqual({ name: 'orders.csv', bytes: 70, availableUntil: null })
})
