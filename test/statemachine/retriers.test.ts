/** How often, and how patiently, each step of the deployed machine is tried again. */
import { DEFINITION, IDLE, KILLED, LAMBDA, THROTTLED } from './machine.ts'

describe('the retriers', () => {
  const { States } = JSON.parse(DEFINITION)
  const tasks: Record<string, Rule[]> = Object.fromEntries(
    Object.entries({ ...States, ...States.Export.ItemProcessor.States } as Record<
      string,
      { Type: string; Retry: Rule[] }
    >)
      .filter(([, { Type }]) => Type === 'Task')
      .map(([name, { Retry }]) => [name, Retry]),
  )
  const ruleOf = (step: string, error: string) => tasks[step]!.find(({ ErrorEquals }) => ErrorEquals.includes(error))!
  const { Halt: _, ...patient } = tasks

  test.each<[string, string, Omit<Rule, 'ErrorEquals'>]>([
    ['Lambda itself fails', LAMBDA[0]!, wait(2, 6, 2, 60)],
    ['a function is not ready', IDLE[0]!, wait(5, 24, 2, 60)],
  ])('are the same in each step where %s', (_, error, expected) => {
    for (const step of Object.keys(patient)) {
      expect({ step, ...ruleOf(step, error) }).toEqual({
        step,
        ErrorEquals: expect.arrayContaining([error]),
        ...expected,
      })
    }
  })

  test.each<[string, string, string[], Omit<Rule, 'ErrorEquals'>]>([
    ['the slot is taken', THROTTLED[0]!, ['PlanRanges', 'ExportChunk'], wait(5, 5000, 2, 900)],
    [
      'the account’s concurrency is',
      THROTTLED[0]!,
      ['Prepare', 'Finish', 'Notify', 'NotifyFailure'],
      wait(2, 30, 2, 60),
    ],
    ['the database is away', 'DatabaseUnavailable', ['PlanRanges', 'ExportChunk'], wait(10, 6, 2, 120)],
    ['the bucket is away', 'StorageUnavailable', ['ExportChunk', 'Finish'], wait(5, 6, 2, 60)],
    ['a function was killed', KILLED[0]!, ['Prepare', 'PlanRanges', 'ExportChunk', 'Finish'], wait(5, 2, 2)],
    ['an announcement fails', 'States.ALL', ['Notify', 'NotifyFailure'], wait(5, 3, 2)],
  ])('are equal for the same role: %s', (_, error, expectedSteps, expected) => {
    const { MaxAttempts } = expected
    const having = Object.keys(patient).filter((step) => ruleOf(step, error)?.MaxAttempts === MaxAttempts)
    expect(having.sort()).toEqual([...expectedSteps].sort())
    for (const step of having) expect(ruleOf(step, error)).toEqual({ ErrorEquals: expect.anything(), ...expected })
  })

  test('wait some ten minutes for a function that is not ready', () => {
    const minutes = expectedWaits(ruleOf('ExportChunk', IDLE[0]!)).reduce((sum, seconds) => sum + seconds, 0) / 60
    expect(minutes).toBeGreaterThan(9)
    expect(minutes).toBeLessThan(15)
  })

  test('wait for a taken slot longer than an export may take, with few events per hour', () => {
    const waits = expectedWaits(ruleOf('ExportChunk', THROTTLED[0]!))
    const days = waits.reduce((sum, seconds) => sum + seconds, 0) / 86_400
    expect(days).toBeGreaterThan(25)
    // Three events a try.
    expect((3 * 3600) / waits.at(-1)!).toBeLessThanOrEqual(24)
  })

  test('of Halt are few, because the error that it throws on purpose may be one of those', () => {
    const all = [...LAMBDA, ...IDLE, ...THROTTLED].sort()
    expect(tasks.Halt!.map(({ ErrorEquals, ...rest }) => ({ ...rest, all: [...ErrorEquals].sort() }))).toEqual([
      { all, ...wait(1, 3, 2) },
    ])
  })
})

interface Rule {
  ErrorEquals: string[]
  IntervalSeconds: number
  MaxAttempts: number
  BackoffRate: number
  MaxDelaySeconds?: number
  JitterStrategy: string
}

function wait(IntervalSeconds: number, MaxAttempts: number, BackoffRate: number, MaxDelaySeconds?: number) {
  const longest = MaxDelaySeconds === undefined ? {} : { MaxDelaySeconds }
  return { IntervalSeconds, MaxAttempts, BackoffRate, ...longest, JitterStrategy: 'FULL' }
}

/** Seconds before each try, on average: full jitter halves them. */
function expectedWaits({ IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds = Infinity }: Rule): number[] {
  return Array.from(
    { length: MaxAttempts },
    (_, attempt) => Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds) / 2,
  )
}
