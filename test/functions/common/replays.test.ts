/** A redrive of a bulk replay, done once whatever happened before. */
import type { Replays as ReplaysClass } from '../../../functions/common/replays.ts'
import type { BulkReplayFact, BulkReplayItem } from '../../../statemachine/bulk-replay.ts'
import type { TableKey } from '../../../statemachine/table.ts'
import type { TableUpdate } from '../../../statemachine/table-update.ts'

const message = { replay: 'orders-1', redriveCount: 2, bulk: 'monday' }
const fact: BulkReplayFact = { name: 'monday', by: 'hanako', why: 'The disk was full.', at: '', count: 1 }
const item: BulkReplayItem = { execution: 'orders-1', redriveCount: 2, outcome: 'waiting', outcomeAt: '' }

interface Given {
  fact?: Partial<BulkReplayFact> | null
  item?: Partial<BulkReplayItem> | null
  /** How often the execution was redriven; null if Step Functions no longer has it. */
  count?: number | null | undefined
  refusal?: string
  /** The table cannot note the action beside the execution. */
  isActionRefused?: boolean
}

let Replays: typeof ReplaysClass
/** What was done, in order. */
let steps: string[]
beforeAll(async () => {
  process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
  ;({ Replays } = await import('../../../functions/common/replays.ts'))
})
beforeEach(() => {
  steps = []
})

test('a waiting execution is redriven, which is noted before and after, and beside it with who asked for it', async () => {
  expect(await given({}).redrive(message, 0)).toBe(true)
  expect(steps).toEqual(['starting', 'redrive orders-1 monday-2', 'replayed', 'action by hanako: The disk was full.'])
})

test('an execution that was never redriven has a count of 0', async () => {
  expect(await given({ count: undefined }).redrive({ ...message, redriveCount: 0 }, 0)).toBe(true)
  expect(steps).toContain('redrive orders-1 monday-0')
})

test('a redrive that an invocation started before it was killed is only noted', async () => {
  expect(await given({ item: { outcome: 'starting' }, count: 3 }).redrive(message, 0)).toBe(true)
  expect(steps).toEqual(['replayed', 'action by hanako: The disk was full.'])
})

test('a redrive that an invocation was killed before is made', async () => {
  expect(await given({ item: { outcome: 'starting' } }).redrive(message, 0)).toBe(true)
  expect(steps.slice(0, 2)).toEqual(['starting', 'redrive orders-1 monday-2'])
})

test.each<[string, Given, string[]]>([
  ['Step Functions no longer has', { count: null }, ['skipped Step Functions no longer has it.']],
  ['somebody replayed', { count: 3 }, ['skipped It was replayed in the meantime.']],
  [
    'somebody replayed twice',
    { count: 4, item: { outcome: 'starting' } },
    ['skipped It was replayed in the meantime.'],
  ],
  [
    'AWS refuses',
    { refusal: 'It is too old.' },
    ['starting', 'redrive orders-1 monday-2', 'skipped AWS does not redrive it: It is too old.'],
  ],
])('an execution that %s is skipped, with the reason', async (_, state, expected) => {
  expect(await given(state).redrive(message, 0)).toBe(false)
  expect(steps).toEqual(expected)
})

test.each<[string, Given, boolean | undefined]>([
  ['waits', {}, true],
  ['was being started', { item: { outcome: 'starting' } }, true],
  ['was replayed', { item: { outcome: 'replayed' } }, false],
  ['was skipped', { item: { outcome: 'skipped' } }, false],
  ['belongs to a bulk replay that was stopped', { fact: { stoppedAt: '2026-11-30T06:00:00.000Z' } }, false],
  ['is not part of the bulk replay', { item: null }, undefined],
  ['belongs to no bulk replay', { fact: null }, undefined],
])('an execution that %s waits: %s', async (_, state, waits) => {
  expect(await given(state).waits(message)).toBe(waits)
  if (waits) return
  expect(await given(state).redrive(message, 0)).toBe(false)
  expect(steps).toEqual([])
})

test('an execution is replayed even if that cannot be noted beside it', async () => {
  expect(await given({ isActionRefused: true }).redrive(message, 0)).toBe(true)
  expect(steps).toEqual(['starting', 'redrive orders-1 monday-2', 'replayed'])
})

function given(state: Given): ReplaysClass {
  const { count, refusal } = { count: 2, ...state }
  const known = {
    bulk: state.fact === null ? undefined : { ...fact, ...state.fact },
    'bulk#monday': state.item === null ? undefined : { ...item, ...state.item },
  }
  const table = {
    get: async ({ pk }: TableKey) => known[pk as keyof typeof known],
    change: async ({ Key, ExpressionAttributeValues: values = {} }: TableUpdate) => {
      const { pk } = Key as { pk: { S: string } }
      if (pk.S === 'bulk#monday')
        steps.push(
          [values[':outcome'], values[':reason']]
            .map((text) => text?.S)
            .join(' ')
            .trim(),
        )
      else if (state.isActionRefused) throw new Error('Throttled')
      else steps.push(`action by ${values[':by']?.S}: ${values[':reason']?.S}`)
      return {}
    },
  }
  const executions = {
    describe: async () => (count === null ? undefined : { redriveCount: count }),
    redrive: async (name: string, token: string) => {
      steps.push(`redrive ${name} ${token}`)
      return refusal
    },
  }
  return new Replays(table as never, executions as never)
}
