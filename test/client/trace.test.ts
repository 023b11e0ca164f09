import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { type StateVisit, traceOf } from '../../client/trace.ts'
import type { Chunk } from '../../statemachine/contract.ts'

describe('a visit of a state', () => {
  test('has its times, its input and its output, which is null until it is left', () => {
    const { visits } = trace(
      ...[event('ExecutionStarted'), entered('Prepare', '{"a":1}'), event('TaskScheduled'), event('TaskSucceeded')],
      ...[exited('Prepare', '{"b":2}'), entered('Notify'), event('TaskScheduled'), event('TaskStarted')],
    )
    expect(visits).toEqual([
      {
        ...{ state: 'Prepare', startedAt: at(2), endedAt: at(5), outcome: 'succeeded' },
        ...{ input: '{"a":1}', output: '{"b":2}' },
      },
      { state: 'Notify', startedAt: at(6), endedAt: null, outcome: 'running', input: null, output: null },
    ])
  })

  test('may have no output', () => {
    expect(trace(entered('ExportChunk'), exited('ExportChunk'))).toMatchObject({
      visits: [{ endedAt: at(2), outcome: 'succeeded', output: null }],
      chunks: [],
    })
  })

  test.each(['TaskFailed', 'TaskTimedOut', 'TaskStateAborted'] as const)(
    'has failed after %s, also when it is left for the state that catches the error',
    (type) => {
      const { visits } = trace(
        ...[entered('Export'), entered('Prepare', '{}', { previousEventId: 99 }), event('TaskScheduled'), event(type)],
        exited('Prepare', '{}'),
      )
      expect(outcomesOf(visits)).toEqual(['Export running', 'Prepare failed'])
      expect(visits[1]?.endedAt).toEqual(at(5))
    },
  )

  test('has not failed if a further attempt succeeds', () => {
    const attempts = [event('TaskScheduled'), event('TaskFailed'), event('TaskScheduled')]
    expect(outcomesOf(trace(entered('Prepare'), ...attempts).visits)).toEqual(['Prepare running'])
    const { visits } = trace(entered('Prepare'), ...attempts, event('TaskSucceeded'), exited('Prepare'))
    expect(outcomesOf(visits)).toEqual(['Prepare succeeded'])
  })

  test('of a Map runs while one of its iterations has failed', () => {
    const { visits } = trace(entered('Export'), event('MapStateStarted'), event('MapIterationFailed'))
    expect(outcomesOf(visits)).toEqual(['Export running'])
    expect(outcomesOf(trace(entered('Export'), event('MapStateFailed')).visits)).toEqual(['Export failed'])
  })

  test('ends with the execution, which need not say where it ended', () => {
    for (const type of ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted'] as const) {
      const { visits } = trace(
        ...[entered('Prepare'), exited('Prepare'), entered('Export'), entered('ExportChunk')],
        event(type, { previousEventId: 0 }),
      )
      expect(outcomesOf(visits)).toEqual(['Prepare succeeded', 'Export failed', 'ExportChunk failed'])
      expect(visits.map(({ endedAt }) => endedAt)).toEqual([at(2), at(5), at(5)])
    }
  })

  test('continues when the execution is redriven, unless it had been left', () => {
    const before = [
      entered('Prepare'),
      exited('Prepare'),
      entered('Finish'),
      event('TaskScheduled'),
      event('TaskFailed'),
    ]
    const redriven = [...before, event('ExecutionFailed'), event('ExecutionRedriven', { previousEventId: 0 })]
    const { visits } = trace(...redriven)
    expect(outcomesOf(visits)).toEqual(['Prepare succeeded', 'Finish running'])
    expect(visits.map(({ endedAt }) => endedAt)).toEqual([at(2), null])
    const again = [event('TaskScheduled', { previousEventId: 3 }), event('TaskSucceeded'), exited('Finish', '{}')]
    expect(trace(...redriven, ...again).visits[1]).toMatchObject({ outcome: 'succeeded', endedAt: at(10) })
  })
})

describe('visits at the same time', () => {
  const two = [entered('ExportChunk'), entered('ExportChunk', '{}', { previousEventId: 0 })]
  const tasks = [event('TaskScheduled', { previousEventId: 1 }), event('TaskScheduled', { previousEventId: 2 })]

  test('are told apart by the chain of their events', () => {
    const { visits } = trace(...two, ...tasks, event('TaskSucceeded'), exited('ExportChunk', '{"second":true}'))
    expect(visits).toMatchObject([
      { endedAt: null, output: null },
      { endedAt: at(6), output: '{"second":true}' },
    ])
  })

  test('go on while another has failed', () => {
    const { visits } = trace(...two, ...tasks, event('TaskFailed', { previousEventId: 3 }), event('TaskStarted'))
    expect(outcomesOf(visits)).toEqual(['ExportChunk failed', 'ExportChunk running'])
  })

  test('are left in the order of their entry where the chain does not say which', () => {
    const { visits } = trace(
      ...[entered('Export'), ...two, exited('ExportChunk', '{}', { previousEventId: 0 })],
      // The chain leads to a visit that was left, or to one of another state.
      exited('ExportChunk', '{}', { previousEventId: 2 }),
      exited('Export', '{}', { previousEventId: 3 }),
      exited('Unknown', '{}', { previousEventId: 0 }),
    )
    expect(visits.map(({ state, endedAt }) => [state, endedAt])).toEqual([
      ['Export', at(6)],
      ['ExportChunk', at(4)],
      ['ExportChunk', at(5)],
    ])
  })
})

test('the chunks are those that ExportChunk has written when it is left without a failure', () => {
  const times = { startedAt: at(1).toISOString(), finishedAt: at(3).toISOString() }
  const last = { key: 'k', rows: 10, bytes: 100, ...times } as Partial<Chunk>
  const output = (rest: object, index = 0) => JSON.stringify({ range: { index, ...rest } })
  const { chunks } = trace(
    ...[entered('ExportChunk'), exited('ExportChunk', output({ last }, 2))],
    ...[entered('ExportChunk'), exited('ExportChunk', output({ last: null }))],
    ...[entered('Halt'), exited('Halt', output({ last }))],
    ...[entered('ExportChunk'), event('TaskFailed'), exited('ExportChunk', output({ last }))],
  )
  expect(chunks).toEqual([{ range: 2, rows: 10, bytes: 100, startedAt: at(1), finishedAt: at(3) }])
})

/** Events are numbered from 1, a second apart, each the next of the one before unless it says otherwise. */
function trace(...events: HistoryEvent[]) {
  return traceOf(
    events.map((each, index) => ({ previousEventId: index, ...each, id: index + 1, timestamp: at(index + 1) })),
  )
}

function outcomesOf(visits: readonly StateVisit[]): string[] {
  return visits.map(({ state, outcome }) => `${state} ${outcome}`)
}

function at(second: number): Date {
  return new Date(1_800_000_000_000 + second * 1000)
}

function event(type: HistoryEvent['type'], details: Partial<HistoryEvent> = {}): HistoryEvent {
  return { type, id: undefined, timestamp: undefined, ...details }
}

function entered(name: string, input?: string, details: Partial<HistoryEvent> = {}): HistoryEvent {
  return event('TaskStateEntered', { stateEnteredEventDetails: { name, input }, ...details })
}

function exited(name: string, output?: string, details: Partial<HistoryEvent> = {}): HistoryEvent {
  return event('TaskStateExited', { stateExitedEventDetails: { name, output }, ...details })
}
