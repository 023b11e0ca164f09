/** Every state of the deployed machine with every error that it can meet: how often it is tried, and where it leads. */
import type { Doubts } from '../../local/src/states/service.ts'
import { thrownName } from '../../statemachine/cause.ts'
import {
  CATCHABLE,
  EVERY_DOUBT,
  functions,
  givenMachine,
  IDLE,
  KILLED,
  LAMBDA,
  type Step,
  TERMINAL,
  THROTTLED,
} from './machine.ts'

const ALL = [...CATCHABLE, ...TERMINAL]

/** How often a step is tried for an error before it is given up; once where an error is not listed. */
const common = { ...each(LAMBDA, 7), ...each(IDLE, 25), ...each(THROTTLED, 31) }
const slot = { ...common, ...each(THROTTLED, 5001) }
const tries: Record<Step, Record<string, number>> = {
  Prepare: { ...common, ...each(KILLED, 3) },
  PlanRanges: { ...slot, ...each(KILLED, 3), DatabaseUnavailable: 7 },
  ExportChunk: { ...slot, ...each(KILLED, 3), DatabaseUnavailable: 7, StorageUnavailable: 7 },
  Finish: { ...common, ...each(KILLED, 3), StorageUnavailable: 7 },
  // A file that is gone does not come back.
  Notify: { ...each(CATCHABLE, 4), ...common, FileIncomplete: 1 },
  NotifyFailure: { ...each(CATCHABLE, 4), ...common },
  // What it throws may be one of these: more tries would only keep the execution from failing.
  Halt: { ...each(LAMBDA, 4), ...each(IDLE, 4), ...each(THROTTLED, 4) },
}

/** Next state after a step is given up; null fails the execution. */
const next: Record<Step, string[] | null> = {
  Prepare: ['NotifyFailure', 'Halt'],
  PlanRanges: ['NotifyFailure', 'Halt'],
  ExportChunk: ['RangeFailed', 'AllExported?', 'NotifyFailure', 'Halt'],
  Finish: ['NotifyFailure', 'Halt'],
  Notify: ['NotifyFailure', 'Halt'],
  NotifyFailure: ['Halt'],
  Halt: null,
}

const steps = Object.keys(tries) as Step[]
const pairs = steps.flatMap((step) => ALL.map((error) => [step, error] as const))
// The slot is waited for over thousands of tries, shown once below with fewer.
const quick = pairs.filter(([step, error]) => (tries[step][error] ?? 1) < 5000)

/** One error of each kind. */
const kinds = [LAMBDA[0], IDLE[0], THROTTLED[0], KILLED[0], ...TERMINAL, 'QueryFailed', 'FileIncomplete']

describe.each<[string, Doubts, typeof quick]>([
  ['as AWS documents it', {}, quick],
  ['with every doubt against us', EVERY_DOUBT, quick.filter(([, error]) => kinds.includes(error))],
])('a step, %s', (_, doubts, errorsOf) => {
  const machine = givenMachine(doubts)

  test.each(errorsOf)('%s with %s', async (step, error) => {
    functions.broken = { step, error }
    if (step === 'PlanRanges') functions.parallelism = 4
    const { status, error: thrown, states } = await machine.run()
    expect(functions.calls.filter((call) => call === step)).toHaveLength(tries[step][error] ?? 1)
    expect(status).toBe('FAILED')
    if (error === 'States.Runtime' && doubts.runtimeIsNeverCaught) {
      expect(states.at(-1)).toBe(step === 'NotifyFailure' ? 'NotifyFailure' : step)
      expect(thrown).toBe('States.Runtime')
      return
    }
    const asked = ['Finish', 'Notify'].includes(step) && error === 'FileIncomplete' ? ['Replayed?'] : []
    if (next[step]) expect(states.slice(states.lastIndexOf(step) + 1)).toEqual([...asked, ...next[step]])
    else expect(states.at(-1)).toBe('Halt')
    // An announcement that fails hides nothing: the execution fails with what went wrong first.
    const first = step === 'NotifyFailure' ? 'QueryFailed' : error
    expect(thrown).toBe(step === 'Halt' ? error : thrownName(first))
  })
})

function each(names: string[], count: number): Record<string, number> {
  return Object.fromEntries(names.map((name) => [name, count]))
}
