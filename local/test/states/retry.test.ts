import { nextRetry } from '../../src/states/retry.ts'

/** The delays of all retries of one rule, in seconds. */
function delaysOf(rule: object, random?: () => number): number[] {
  const delays: number[] = []
  let counts: number[] = []
  for (;;) {
    const next = nextRetry([{ ErrorEquals: ['E'], ...rule }], 'E', counts, random)
    if (!next) return delays
    delays.push(next.delayMillis / 1000)
    counts = next.retries
  }
}

test('by default a rule retries three times, after 1, 2 and 4 seconds', () => {
  expect(delaysOf({})).toEqual([1, 2, 4])
})

test('the delay grows by the rate and not beyond the longest', () => {
  expect(delaysOf({ IntervalSeconds: 2, BackoffRate: 1.5, MaxAttempts: 5, MaxDelaySeconds: 6 })).toEqual([
    2, 3, 4.5, 6, 6,
  ])
})

test('full jitter takes a share of the delay', () => {
  expect(delaysOf({ JitterStrategy: 'FULL' }, () => 0.5)).toEqual([0.5, 1, 2])
  expect(delaysOf({ JitterStrategy: 'FULL' }, () => 0)).toEqual([0, 0, 0])
})

test('thousands of retries do not overflow the delay', () => {
  expect(delaysOf({ MaxAttempts: 3000, BackoffRate: 1.5, MaxDelaySeconds: 60 }).at(-1)).toBe(60)
})

test('each rule counts its own retries, and the first that matches decides', () => {
  const rules = [
    { ErrorEquals: ['A'], MaxAttempts: 1 },
    { ErrorEquals: ['B'], MaxAttempts: 2 },
    { ErrorEquals: ['States.ALL'], MaxAttempts: 9 },
  ]
  const first = nextRetry(rules, 'B', [])
  expect(first?.retries).toEqual([0, 1, 0])
  const second = nextRetry(rules, 'A', first?.retries ?? [])
  expect(second?.retries).toEqual([1, 1, 0])
  // It is used up, and States.ALL is not asked instead.
  expect(nextRetry(rules, 'A', second?.retries ?? [])).toBeUndefined()
  expect(nextRetry(rules, 'C', second?.retries ?? [])?.retries).toEqual([1, 1, 1])
})
