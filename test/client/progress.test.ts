import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { History } from '../../client/progress.ts'
import type { Chunk, Range } from '../../statemachine/contract.ts'

const START = Date.parse('2026-11-30T21:00:00Z')

describe('the progress of an execution', () => {
  test('is queued while there is no event', () => {
    expect(new History('x').progress).toEqual({
      ...{ id: 'x', status: 'QUEUED', state: null, startedAt: null, stoppedAt: null, redriveCount: 0, runs: [] },
      ...{ rows: 0, bytes: 0, estimatedRows: null, rowsPerSecond: null, ranges: { done: 0, all: 0 }, title: null },
      ...{ format: null, catalogue: null, steps: [], file: null, failure: null },
    })
    expect(new History('x').seen).toBe(0)
  })

  test('continues after the newest event that was seen', () => {
    expect(given(event('ExecutionStarted'), entered('Prepare', {})).seen).toBe(2)
  })

  test('of one that succeeded has its file, with the rows that the file has', () => {
    const file = { name: 'orders.csv', rows: 999, bytes: 9_990 }
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Finish', { plan: { title: 'Orders', catalogue: 'c0ffee' }, ranges: [range(0, written(300, 0, 1))] }),
      exited('Finish', { file, ranges: [range(0, written(300, 0, 1))] }),
      event('SucceedStateEntered', { stateEnteredEventDetails: { name: 'Done' } }),
      event('ExecutionSucceeded', { executionSucceededEventDetails: { output: JSON.stringify({ file }) } }),
    )
    expect(progress).toMatchObject({
      ...{ status: 'SUCCEEDED', state: 'Finish', startedAt: at(1), stoppedAt: at(5), catalogue: 'c0ffee', file },
      ...{ rows: 999, bytes: 9_990, failure: null, runs: [{ startedAt: at(1), stoppedAt: at(5) }] },
    })
  })

  test('of a request that was cancelled while it waited has who cancelled it', () => {
    const output = JSON.stringify({ request: {}, cancelled: { at: '2026-11-30', by: 'hanako@example.com' } })
    const { progress } = given(
      event('ExecutionStarted'),
      event('ExecutionSucceeded', { executionSucceededEventDetails: { output } }),
    )
    const reason = 'Cancelled by hanako@example.com while it waited.'
    expect(progress).toMatchObject({
      ...{ status: 'ABORTED', stoppedAt: at(2), failure: { step: 'Prepare', error: 'Cancelled', reason } },
    })
  })

  test.each<[HistoryEvent['type'], string, string]>([
    ['ExecutionTimedOut', 'TIMED_OUT', 'States.Timeout'],
    ['ExecutionAborted', 'ABORTED', 'Aborted'],
    ['ExecutionFailed', 'FAILED', 'States.TaskFailed'],
  ])('that ended by %s without details is %s, with a name for it', (type, status, error) => {
    const { progress } = given(event('ExecutionStarted'), entered('Export', {}), event(type))
    const failure = { step: 'Export', error, reason: 'AWS gave no cause.' }
    expect(progress).toMatchObject({ status, stoppedAt: at(3), failure })
  })

  test.each<[HistoryEvent['type'], string]>([
    ['ExecutionTimedOut', 'executionTimedOutEventDetails'],
    ['ExecutionAborted', 'executionAbortedEventDetails'],
  ])('that ended by %s has its error and cause', (type, details) => {
    const { progress } = given(
      event('ExecutionStarted'),
      event(type, { [details]: { error: 'Stopped', cause: 'By an operator.' } }),
    )
    expect(progress.failure).toEqual({ step: '', error: 'Stopped', reason: 'By an operator.' })
  })

  test('has an estimate only if there is one for each range', () => {
    const estimated = (...counts: (number | null)[]) =>
      given(entered('Export', { ranges: counts.map((estimatedRows, index) => range(index, { estimatedRows })) }))
        .progress.estimatedRows
    expect(estimated(100, 20)).toBe(120)
    expect(estimated(100)).toBe(100)
    expect(estimated(100, null, 20)).toBeNull()
    expect(estimated(null, 100)).toBeNull()
    expect(estimated()).toBeNull()
  })

  test('counts the time of concurrent chunks once, in whatever order they end', () => {
    const { progress } = given(
      exited('ExportChunk', { range: range(0, written(5, 5, 6)) }),
      exited('ExportChunk', { range: range(1, written(5, 1, 6)) }),
    )
    expect(progress.rowsPerSecond).toBe(2)
  })

  test('with chunks that take no time has no rate', () => {
    const { progress } = given(exited('ExportChunk', { range: range(0, written(10, 1, 1)) }))
    expect(progress.rowsPerSecond).toBeNull()
  })

  test.each(['null', '7', '"text"', '{"index":3}', '{"chunks":3}'])('ignores the output %s', (output) => {
    const { progress } = given(event('TaskStateExited', { stateExitedEventDetails: { name: 'Finish', output } }))
    expect(progress).toMatchObject({ ranges: { done: 0, all: 0 }, file: null })
  })

  test('counts the rows of concurrent ranges', () => {
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Export', { plan: { estimatedRows: 5000 }, ranges: [range(0), range(1)] }),
      entered('ExportChunk', { plan: { estimatedRows: 5000 }, range: range(0) }),
      entered('ExportChunk', { plan: { estimatedRows: 5000 }, range: range(1) }),
      exited('ExportChunk', { range: range(1, { done: true, ...written(700, 0, 2) }) }),
      exited('ExportChunk', { range: range(0, written(300, 0, 1)) }),
    )
    expect(progress).toMatchObject({ rows: 1000, bytes: 10_000, estimatedRows: 5000, ranges: { done: 1, all: 2 } })
    // Side by side they took two seconds.
    expect(progress.rowsPerSecond).toBe(500)
  })

  test('has the file’s title once it is planned', () => {
    const plan = { title: 'Orders', format: 'csv' }
    const { progress } = given(event('ExecutionStarted'), entered('Export', { plan, ranges: [range(0)] }))
    expect(progress).toMatchObject({ title: 'Orders', format: 'csv' })
    expect(new History('x').progress).toMatchObject({ title: null, format: null })
  })

  test('reads a range from its Catch, with its failure', () => {
    const failure = { step: 'ExportChunk', error: 'DatabaseUnavailable', cause: 'Gone.', redriveCount: 0 } as const
    const { progress } = given(
      event('ExecutionStarted'),
      exited('ExportChunk', range(0, { ...written(300, 0, 1), failure })),
    )
    expect(progress).toMatchObject({ rows: 300, status: 'RUNNING', failure: null })
  })

  test('excludes the pause before a redrive from the speed', () => {
    const { progress } = given(
      exited('ExportChunk', { range: range(0, written(10, 0, 1)) }),
      exited('ExportChunk', { range: range(0, { ...written(10, 3600, 3601), chunks: 2, rows: 20 }) }),
    )
    expect(progress.rowsPerSecond).toBe(10)
  })

  test('never takes a sender’s input for its own document', () => {
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Prepare', {
        message: 'x',
        file: { rows: 1e9 },
        ranges: 'no',
        failure: 'no',
      }),
    )
    expect(progress).toMatchObject({ status: 'RUNNING', state: 'Prepare', rows: 0, file: null })
  })

  test('fails with the step that failed, though it was Halt that threw', () => {
    const cause = JSON.stringify({ errorType: 'QueryFailed', errorMessage: 'No such table.' })
    const failure = { step: 'ExportChunk', error: 'QueryFailed', cause, redriveCount: 0 }
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Halt', { request: {}, failure }),
      event('ExecutionFailed', { executionFailedEventDetails: { error: 'QueryFailed', cause: '{}' } }),
    )
    expect(progress).toMatchObject({
      status: 'FAILED',
      failure: { step: 'ExportChunk', error: 'QueryFailed', reason: 'No such table.' },
    })
  })

  test('fails at the current state when nothing was recorded', () => {
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Finish', {}),
      event('ExecutionFailed', { executionFailedEventDetails: { error: 'States.Runtime', cause: 'Too large.' } }),
    )
    expect(progress.failure).toEqual({ step: 'Finish', error: 'States.Runtime', reason: 'Too large.' })
  })

  test('runs again after a redrive, without the old failure', () => {
    const failure = { step: 'ExportChunk', error: 'QueryFailed', cause: 'Old.', redriveCount: 0 }
    const failed = event('ExecutionFailed', { executionFailedEventDetails: { error: 'QueryFailed', cause: 'Said.' } })
    const history = given(
      event('ExecutionStarted'),
      entered('Halt', { failure }),
      failed,
      event('ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount: 5 } }),
    )
    const again = { status: 'RUNNING', stoppedAt: null, failure: null, redriveCount: 5, startedAt: at(1) }
    expect(history.progress).toMatchObject({
      ...again,
      runs: [{ startedAt: at(1), stoppedAt: at(3) }, { startedAt: at(4) }],
    })
    history.add([{ ...failed, id: 5, timestamp: at(5) }])
    expect(history.progress.failure).toEqual({ step: 'Halt', error: 'QueryFailed', reason: 'Said.' })
    history.add([{ ...event('ExecutionRedriven'), id: 6, timestamp: at(6) }])
    expect(history.progress).toMatchObject({ ...again, redriveCount: 6 })
  })

  test('does not take the failure of one range for that of the execution', () => {
    const failure = { step: 'ExportChunk', error: 'QueryFailed', cause: 'No such table.', redriveCount: 0 } as const
    const { progress } = given(
      event('ExecutionStarted'),
      entered('Finish', {}),
      exited('ExportChunk', range(0, { failure })),
      event('ExecutionFailed', { executionFailedEventDetails: { error: 'QueryFailed', cause: 'Another.' } }),
    )
    expect(progress.failure).toEqual({ step: 'Finish', error: 'QueryFailed', reason: 'Another.' })
  })

  test('is a snapshot that later events do not change', () => {
    const history = given(event('ExecutionStarted'), entered('Prepare', {}))
    const before = history.progress
    history.add([{ ...entered('Export', {}), id: 9, timestamp: new Date(START) }])
    expect(before).toMatchObject({ state: 'Prepare' })
    expect(before.steps).toHaveLength(1)
  })
})

describe('the steps of an execution', () => {
  test('include each attempt, with its error in a sentence', () => {
    const failed = event('TaskFailed', {
      taskFailedEventDetails: {
        resourceType: 'lambda',
        resource: 'invoke',
        error: 'StorageUnavailable',
        cause: '{"errorMessage":"S3 is away."}',
      },
    })
    const { progress } = given(
      entered('Finish', {}),
      event('TaskScheduled'),
      event('TaskStarted'),
      failed,
      event('TaskScheduled'),
      event('TaskStarted'),
      event('TaskSucceeded'),
      exited('Finish', {}),
    )
    expect(progress.steps).toHaveLength(1)
    expect(progress.steps[0]).toMatchObject({ state: 'Finish', startedAt: at(1), endedAt: at(8) })
    expect(progress.steps[0]!.attempts).toEqual([
      { startedAt: at(2), endedAt: at(4), error: 'StorageUnavailable', reason: 'S3 is away.' },
      { startedAt: at(5), endedAt: at(7), error: null, reason: null },
    ])
  })

  test('are kept apart when they run concurrently', () => {
    const { progress } = given(
      entered('ExportChunk', {}),
      entered('ExportChunk', {}),
      event('TaskScheduled', { previousEventId: 1 }),
      event('TaskScheduled', { previousEventId: 2 }),
      event('TaskSucceeded', { previousEventId: 4 }),
      exited('ExportChunk', {}, { previousEventId: 5 }),
    )
    expect(progress.steps.map(({ endedAt }) => endedAt)).toEqual([null, at(6)])
    expect(progress.steps.map(({ attempts }) => attempts[0]!.endedAt)).toEqual([null, at(5)])
  })
})

/** A history of these events: numbered from 1, a second apart, each the next of the one before unless it says otherwise. */
function given(...events: HistoryEvent[]): History {
  const history = new History('x')
  history.add(
    events.map((each, index) => ({ previousEventId: index, ...each, id: index + 1, timestamp: at(index + 1) })),
  )
  return history
}

function at(seconds: number): Date {
  return new Date(START + seconds * 1000)
}

function event(type: HistoryEvent['type'], details: Partial<HistoryEvent> = {}): HistoryEvent {
  return { type, id: undefined, timestamp: undefined, ...details }
}

function entered(name: string, input: unknown): HistoryEvent {
  const type = name === 'Export' ? 'MapStateEntered' : 'TaskStateEntered'
  return event(type, { stateEnteredEventDetails: { name, input: JSON.stringify(input) } })
}

function exited(name: string, output: unknown, details: Partial<HistoryEvent> = {}): HistoryEvent {
  return event('TaskStateExited', { stateExitedEventDetails: { name, output: JSON.stringify(output) }, ...details })
}

function range(index: number, rest: Partial<Range> = {}): Range {
  const nothing = { chunks: 0, rows: 0, bytes: 0, crc32: '00000000', firstRowAt: null, last: null }
  return {
    index,
    after: null,
    upTo: null,
    cursor: null,
    done: false,
    ...nothing,
    consistency: 'snapshot',
    ...rest,
  }
}

/** A range of one chunk. */
function written(rows: number, from: number, to: number): Partial<Range> {
  const last = chunk(rows, from, to)
  return { chunks: 1, rows, bytes: last.bytes, last }
}

function chunk(rows: number, from: number, to: number): Chunk {
  const [startedAt, finishedAt] = [at(from).toISOString(), at(to).toISOString()]
  return { key: 'k', etag: 'e', rows, bytes: rows * 10, crc32: '00000000', startedAt, firstRowAt: null, finishedAt }
}
