/** A machine of everything that lasts: a Map of loops, retries, waits, variables, a Parallel, a Map that fails, and Catches. */
import { INVOKE } from './cloud.ts'

const Retry = [{ ErrorEquals: ['Again'], IntervalSeconds: 1, JitterStrategy: 'FULL' }]
const pause = '{% $fromMillis($millis() + 5) %}'

const range = {
  StartAt: 'Done?',
  States: {
    'Done?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $count($states.input.chunks) = $states.input.wanted %}', Next: 'Exported' }],
      Default: 'Chunk',
    },
    Chunk: {
      Type: 'Task',
      Resource: INVOKE,
      Arguments: {
        range: '{% $states.input.index %}',
        chunk: '{% $count($states.input.chunks) %}',
        retry: '{% $states.context.State.RetryCount %}',
        label: '{% $label %}',
      },
      Retry,
      Output: '{% $merge([$states.input, { "chunks": $append($states.input.chunks, [$states.result]) }]) %}',
      Next: 'Pause',
    },
    Pause: { Type: 'Wait', Timestamp: pause, Next: 'Done?' },
    Exported: { Type: 'Succeed', Output: '{% $states.input.chunks %}' },
  },
}

const leg = (name: string) => ({
  StartAt: name,
  States: { [name]: { Type: 'Task', Resource: INVOKE, Arguments: { leg: name }, End: true } },
})

/** Its second iteration fails while the first one waits. */
const risky = {
  Type: 'Map',
  Items: ['long', 'short'],
  ItemProcessor: {
    StartAt: 'Wait',
    States: {
      Wait: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input = "long" %}', Next: 'Long' }],
        Default: 'Short',
      },
      Long: { Type: 'Wait', Seconds: 600, End: true },
      Short: { Type: 'Wait', Timestamp: pause, Next: 'Bad' },
      Bad: { Type: 'Task', Resource: INVOKE, Arguments: { fail: 'Bad' }, End: true },
    },
  },
  Catch: [{ ErrorEquals: ['Bad'], Output: '{% $states.input %}', Next: 'Fails' }],
  Next: 'Fails',
}

export const DEFINITION = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Prepare',
  States: {
    Prepare: { Type: 'Pass', Assign: { label: '{% "run " & $states.input.name %}' }, Next: 'Export' },
    Export: {
      Type: 'Map',
      Items: '{% [0..2].{ "index": $, "wanted": $ + 1, "chunks": [] } %}',
      MaxConcurrency: 2,
      ItemProcessor: range,
      Next: 'Both',
    },
    Both: {
      Type: 'Parallel',
      Branches: [leg('Left'), leg('Right')],
      Output: '{% { "chunks": $states.input, "legs": $states.result } %}',
      Next: 'Risky',
    },
    Risky: risky,
    Fails: {
      Type: 'Task',
      Resource: INVOKE,
      Arguments: { fail: 'For good' },
      Catch: [
        {
          ErrorEquals: ['For good'],
          Output: '{% $merge([$states.input, { "caught": $states.errorOutput.Error }]) %}',
          Next: 'End',
        },
      ],
      Next: 'End',
    },
    End: { Type: 'Succeed', Output: '{% $merge([$states.input, { "label": $label }]) %}' },
  },
})

export const INPUT = JSON.stringify({ name: 'x' })

const chunk = (range: number, chunk: number) => `run x: ${range}/${chunk}`
export const OUTPUT = {
  chunks: [[chunk(0, 0)], [chunk(1, 0), chunk(1, 1)], [chunk(2, 0), chunk(2, 1), chunk(2, 2)]],
  legs: ['Left', 'Right'],
  caught: 'For good',
  label: 'run x',
}

/** The tasks: every second chunk needs a retry. Without effects, so that they may be repeated. */
export function work(args: unknown, failure: (error: string) => Error): unknown {
  const { range, chunk, retry, label, leg, fail } = args as Record<string, string | number | undefined>
  if (fail) throw failure(String(fail))
  if (leg) return leg
  if (Number(chunk) % 2 === 1 && retry === 0) throw failure('Again')
  return `${label}: ${range}/${chunk}`
}

/** How often tasks are called when nothing is interrupted: 6 chunks, 2 of them twice, 2 legs, and 2 that fail. */
export const CALLS = 12
