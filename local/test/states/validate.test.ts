import { validate } from '../../src/states/validate.ts'
import { INVOKE } from './cloud.ts'

const END = { Type: 'Pass', End: true }

function problemsOf(states: Record<string, object>, rest: object = {}): string[] {
  const machine = { QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states, ...rest }
  return validate(JSON.stringify(machine)).problems.map(({ message, location }) => `${location}: ${message}`)
}

test('a machine whose states are all JSONata needs no language of its own', () => {
  expect(problemsOf({ A: { ...END, QueryLanguage: 'JSONata' } }, { QueryLanguage: undefined })).toEqual([])
})

describe('is refused, with the place', () => {
  const T = { Type: 'Task', Resource: INVOKE, End: true }
  const list = (A: object) => ({ StartAt: 'A', States: { A } })
  const cases: [string, Record<string, object>, string, RegExp][] = [
    ['a JSONPath state', { A: { ...END, QueryLanguage: 'JSONPath' } }, '/States/A', /Only JSONata/],
    ['a JSONPath field', { A: { ...END, ResultPath: '$.x' } }, '/States/A', /'ResultPath' belongs to JSONPath/],
    ['an unknown field', { A: { ...END, Foo: 1 } }, '/States/A', /Foo/],
    ['an unknown type', { A: { Type: 'Magic' } }, '/States/A/Type', /Pass/],
    ['a missing target', { A: { Type: 'Pass', Next: 'B' } }, '/States/A/Next', /B/],
    ['a state that nothing leads to', { A: END, B: END }, '/States/B', /not reachable/],
    ['both Next and End', { A: { ...END, Next: 'A' } }, '/States/A', /Exactly one/],
    ['neither Next nor End', { A: { Type: 'Pass' } }, '/States/A', /Exactly one/],
    [
      'a Wait of two kinds',
      { A: { Type: 'Wait', Seconds: 1, Timestamp: '{% 1 %}', End: true } },
      '/States/A',
      /one of 'Sec/,
    ],
    ['a task token', { A: { ...T, Resource: `${INVOKE}.waitForTaskToken` } }, '/States/A', /tokens/],
    ['a resource of no kind', { A: { ...T, Resource: 'arn:aws:s3:::b' } }, '/States/A', /neither/],
    [
      'an activity',
      { A: { ...T, Resource: 'arn:aws:states:us-east-1:000000000000:activity:a' } },
      '/States/A',
      /neither/,
    ],
    [
      'a Map that is distributed',
      mapOf(list(END), { Mode: 'DISTRIBUTED' }),
      '/States/A/ItemProcessor/ProcessorConfig/Mode',
      /INLINE/,
    ],
    ['$eval', { A: { ...END, Output: { a: ['{% $eval("1") %}'] } } }, '/States/A', /\$eval/],
    [
      'a condition that is not an expression',
      { A: { Type: 'Choice', Choices: [{ Condition: 'x', Next: 'A' }] } },
      '/States/A/Choices/0/Condition',
      /./,
    ],
    ['a Catch on a Pass', { A: { ...END, Catch: [] } }, '/States/A', /Catch/],
    [
      'States.ALL beside another',
      { A: { ...T, Retry: [{ ErrorEquals: ['States.ALL', 'X'] }] } },
      '/States/A',
      /stand alone/,
    ],
    [
      'States.ALL before another rule',
      { A: { ...T, Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] } },
      '/States/A',
      /last rule/,
    ],
    ['a reserved variable', { A: { ...END, Assign: { states: 1 } } }, '/States/A', /reserved/],
    [
      'an inner scope that assigns an outer variable',
      { X: { Type: 'Pass', Assign: { v: 1 }, Next: 'A' }, ...mapOf(list({ ...END, Assign: { v: 2 } })) },
      '/States/A/ItemProcessor/States/A',
      /'v' belongs to an outer scope/,
    ],
    [
      'a target outside of the scope',
      mapOf(list({ Type: 'Pass', Next: 'X' })),
      '/States/A/ItemProcessor/States/A/Next',
      /X/,
    ],
  ]
  test.each(cases)('%s', (_, states, location, message) => {
    const problems = problemsOf(states)
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${location}: `))])
    expect(problems[0]).toMatch(message)
  })

  test('a machine without its first state', () => {
    expect(problemsOf({ A: END }, { StartAt: 'B' })[0]).toMatch(/^\/StartAt: .*B/)
  })
})

function mapOf(list: object, ProcessorConfig: object = {}): Record<string, object> {
  return { A: { Type: 'Map', ItemProcessor: { ...list, ProcessorConfig }, End: true } }
}
