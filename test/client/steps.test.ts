import type { HistoryEvent } from '@aws-sdk/client-sfn'
import { Steps } from '../../client/steps.ts'

const event = (type: HistoryEvent['type'], details: Partial<HistoryEvent> = {}): HistoryEvent => {
  return { type, id: undefined, timestamp: undefined, ...details }
}
const entered = (name: string) => event('TaskStateEntered', { stateEnteredEventDetails: { name } })
const at = (second: number) => new Date(1_800_000_000_000 + second * 1000)

test('an attempt has failed if what it returned cannot be evaluated', () => {
  const evaluationFailedEventDetails = { error: 'States.QueryEvaluationError', cause: 'No such field.' }
  const failed = event('EvaluationFailed', { evaluationFailedEventDetails } as Partial<HistoryEvent>)
  const [step] = stepsOf(entered('Prepare'), event('TaskScheduled'), event('TaskSucceeded'), failed)
  expect(step?.attempts).toEqual([
    { startedAt: at(2), endedAt: at(4), error: 'States.QueryEvaluationError', reason: 'No such field.' },
  ])
  expect(stepsOf(entered('Prepare'), failed)).toMatchObject([{ endedAt: null, attempts: [] }])
})

test('a step ends with the execution, with its attempt if it has one', () => {
  for (const type of ['ExecutionFailed', 'ExecutionTimedOut', 'ExecutionAborted', 'TaskStateAborted'] as const) {
    const [step] = stepsOf(entered('Prepare'), event('TaskScheduled'), event(type))
    expect(step).toMatchObject({ endedAt: at(3), attempts: [{ startedAt: at(2), endedAt: at(3), error: null }] })
    expect(stepsOf(entered('Prepare'), event(type))).toMatchObject([{ endedAt: at(2), attempts: [] }])
  }
})

test('a step that has ended is not changed by the end of the execution', () => {
  const left = [entered('Prepare'), event('TaskScheduled'), event('TaskSucceeded'), event('TaskStateExited')]
  const [step] = stepsOf(...left, event('ExecutionAborted', { previousEventId: 0 }))
  expect(step).toMatchObject({ endedAt: at(4), attempts: [{ endedAt: at(3) }] })
})

test('a redrive continues the last step with a further attempt', () => {
  const taskFailedEventDetails = { error: 'QueryFailed', resource: 'invoke', resourceType: 'lambda' }
  const failed = [event('TaskScheduled'), event('TaskFailed', { taskFailedEventDetails })]
  const end = [event('ExecutionFailed'), event('ExecutionRedriven', { previousEventId: 0 })]
  const again = event('TaskScheduled', { previousEventId: 0 })
  const steps = stepsOf(entered('Prepare'), entered('Finish'), ...failed, ...end, again)
  expect(steps).toMatchObject([
    { state: 'Prepare', attempts: [] },
    { state: 'Finish', endedAt: null, attempts: [{ error: 'QueryFailed' }, { startedAt: at(7), error: null }] },
  ])
})

/** Events are numbered from 1, a second apart, each the next of the one before unless it says otherwise. */
function stepsOf(...events: HistoryEvent[]) {
  const steps = new Steps()
  for (const [index, each] of events.entries()) {
    steps.add({ previousEventId: index, ...each, id: index + 1, timestamp: at(index + 1) })
  }
  return steps.all
}
