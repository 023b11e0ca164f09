import { headline, outcome } from '../../cli/outcome.ts'
import { progressLine } from '../../cli/wait.ts'
import { History, type Progress } from '../../client/progress.ts'
import { SLOT_TAKEN } from '../../statemachine/errors.ts'
import type { Terminal } from '../../terminal/terminal.ts'

const terminal = { paint: (_style, text) => text } as Terminal
const started = new Date('2026-11-30T21:00:00Z')

describe('the outcome', () => {
  test('of a download is the file, and the link with its expiry', () => {
    const lines = outcome(
      progress({
        file: {
          bucket: 'files',
          key: 'files/x/orders.csv',
          name: 'Orders.csv',
          rows: 1234,
          bytes: 56_789,
          crc32: '0badcafe',
          consistency: 'chunks',
          manifestKey: 'files/x/orders.csv.manifest.json',
        },
      }),
      { url: 'https://links.example/?file=x', expiresAt: '2026-12-07T21:00:00Z' },
    )
    expect(lines).toEqual([
      '  file   Orders.csv',
      '  key    s3://files/files/x/orders.csv',
      '  rows   1,234',
      '  bytes  56,789 (56.8 kB, CRC-32 0badcafe)',
      '  read   in chunks, each a snapshot of its own',
      '  link   https://links.example/?file=x',
      '  opens  until 2026-12-07 21:00:00 UTC',
    ])
  })

  test('of a failure is the error, the reason, what to do and the way to replay', () => {
    const failure = { step: 'ExportChunk', error: 'DatabaseUnavailable', reason: 'It is down.' }
    expect(outcome(progress({ failure }), null)).toEqual([
      '  error   DatabaseUnavailable',
      '  reason  It is down.',
      '  to do   It was tried several times. Once the cause is gone, replay it: what is finished is kept.',
      '  replay  npx carryout replay x',
    ])
  })

  test.each([
    [{ status: 'QUEUED', startedAt: null, stoppedAt: null }, 'Waits in the queue'],
    [{ status: 'SUCCEEDED' }, 'Succeeded after 12 s'],
    [
      { status: 'FAILED', failure: { step: 'Finish', error: 'FileIncomplete', reason: '' } },
      'Failed at Finish after 12 s',
    ],
    [
      { status: 'TIMED_OUT', failure: { step: 'Export', error: 'States.Timeout', reason: '' } },
      'Timed out at Export after 12 s',
    ],
    [{ status: 'ABORTED', failure: { step: 'Export', error: 'ABORTED', reason: '' } }, 'Stopped at Export after 12 s'],
  ] satisfies [Partial<Progress>, string][])('is headed by what became of it: %j', (facts, line) => {
    expect(headline(progress(facts), terminal)).toBe(line)
  })
})

test('the idle time before a replay is left out', () => {
  const later = (seconds: number) => new Date(started.getTime() + seconds * 1000)
  const runs = [
    { startedAt: started, stoppedAt: later(10) },
    { startedAt: later(7_200), stoppedAt: later(7_205) },
  ]
  expect(headline(progress({ status: 'SUCCEEDED', stoppedAt: later(7_205), runs }), terminal)).toBe(
    'Succeeded after 15 s',
  )
})

describe('the progress line', () => {
  test('shows state, rows, speed, ranges and time', () => {
    const facts = {
      state: 'ExportChunk',
      rows: 120_000,
      estimatedRows: 200_000,
      rowsPerSecond: 45_000,
      ranges: { done: 1, all: 3 },
    }
    expect(progressLine(progress(facts), 12_000)).toBe(
      'ExportChunk · 120,000 of about 200,000 rows · 45,000 rows/s · 1 of 3 ranges · 12 s',
    )
  })

  test('of a completed export shows its rows instead of the estimate', () => {
    const facts = { state: 'Finish', rows: 1_000, estimatedRows: 2_000, ranges: { done: 1, all: 1 } }
    expect(progressLine(progress(facts), 1_000)).toBe('Finish · 1,000 rows · 1.0 s')
  })

  test('says that it waits for the slot, which is not an error, whatever ids the refusals have', () => {
    const refused = (id: string) => ({
      startedAt: started,
      endedAt: started,
      error: SLOT_TAKEN,
      reason: `Rate Exceeded (${id})`,
    })
    const steps = [{ state: 'ExportChunk', startedAt: started, endedAt: null, attempts: [refused('a'), refused('b')] }]
    expect(progressLine(progress({ state: 'ExportChunk', steps }), 400)).toBe(
      'ExportChunk · waits for the database slot · 0.4 s',
    )
  })

  test('shows the estimate before there are rows, and retries', () => {
    const attempt = { startedAt: started, endedAt: started, error: 'DatabaseUnavailable', reason: 'It is down.' }
    const steps = [{ state: 'ExportChunk', startedAt: started, endedAt: null, attempts: [attempt, attempt] }]
    expect(progressLine(progress({ state: 'ExportChunk', estimatedRows: 5, steps }), 400)).toBe(
      'ExportChunk · 2 × DatabaseUnavailable · about 5 rows · 0.4 s',
    )
  })
})

function progress(facts: Partial<Progress>): Progress {
  const stoppedAt = new Date(started.getTime() + 12_000)
  const runs = [{ startedAt: started, stoppedAt }]
  return { ...new History('x').progress, status: 'RUNNING', startedAt: started, stoppedAt, runs, ...facts }
}
