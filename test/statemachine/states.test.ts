/** States that the deployed machine passes for each kind of request. */
import type { Failure } from '../../statemachine/contract.ts'
import { DEFINITION, functions, givenMachine, type Step } from './machine.ts'

test('as many ranges run at once as the export’s maximum', () => {
  const { Export } = JSON.parse(DEFINITION).States
  expect(Export.MaxConcurrency).toBe('{% $states.input.plan.parallelism %}')
})

describe('the machine', () => {
  const machine = givenMachine({})

  test.each(['Prepare', 'PlanRanges', 'Export', 'Finish', 'ExportChunk', 'Notify', 'NotifyFailure'])(
    '%s with more data than a state’s limit halts with a named error',
    async (step) => {
      functions.broken = { step: step === 'Export' ? 'ExportChunk' : (step as Step), error: 'too much data' }
      if (step === 'PlanRanges') functions.parallelism = 4
      if (step === 'Export') functions.ranges = 40
      const { status, error, cause, states } = await machine.run()
      const expected = step === 'NotifyFailure' ? 'QueryFailed' : 'DataLimitExceeded'
      expect({ status, error }).toEqual({ status: 'FAILED', error: expected })
      expect(cause).toContain(step === 'NotifyFailure' ? 'ExportChunk: ' : `${step}: States.DataLimitExceeded: `)
      expect(states.at(-1)).toBe('Halt')
      expect(states).toContain('NotifyFailure')
    },
  )

  test('announces a failure with the largest possible input of an execution', async () => {
    const input = { id: 'r', export: 'orders', requestedBy: 'reader@example.com', params: { text: '' } }
    input.params.text = 'x'.repeat(262_144 - JSON.stringify(input).length)
    const { status, error, states, announced } = await machine.run(input)
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'DataLimitExceeded' })
    expect(states).toEqual(['Prepare', 'NotifyFailure', 'Halt'])
    expect(announced).toMatchObject([
      { request: { export: 'orders', requestedBy: 'reader@example.com' }, failure: { step: 'Prepare' } },
    ])
  })

  test('fails again when replayed with data that is still too large, and succeeds with shorter parameters', async () => {
    const input = {
      id: 'r',
      export: 'orders',
      requestedBy: 'reader@example.com',
      params: { text: 'x'.repeat(262_000) },
    }
    const { executionArn } = await machine.run(input)
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'FAILED', error: 'DataLimitExceeded' })
    const shorter = { ...input, params: { text: 'x'.repeat(50_000) } }
    expect(await machine.run(shorter)).toMatchObject({ status: 'SUCCEEDED' })
  })

  test('shortens a very long cause', async () => {
    functions.broken = { step: 'Finish', error: 'long' }
    const { announced } = await machine.run()
    expect(announced[0]!.failure!.cause.length).toBeLessThanOrEqual(8000 * 2)
    expect(announced[0]!.failure!.cause.isWellFormed()).toBe(true)
  })

  test('ends immediately without a notice when it was cancelled while it waited', async () => {
    functions.cancelled = { at: '2026-11-28T00:00:00.000Z', by: 'hanako' }
    const { status, states } = await machine.run()
    expect([status, states]).toEqual(['SUCCEEDED', ['Prepare', 'Parallel?', 'Cancelled']])
  })

  test.each([1, 4])('passes every state in order when nothing fails, with parallelism %i', async (of) => {
    functions.parallelism = of
    const { status, states } = await machine.run()
    expect(status).toBe('SUCCEEDED')
    expect(states).toEqual([
      'Prepare',
      'Parallel?',
      ...(of > 1 ? ['PlanRanges'] : []),
      'Export',
      'RangeDone?',
      'ExportChunk',
      'RangeDone?',
      'RangeExported',
      'AllExported?',
      'Finish',
      'Finished?',
      'Notify',
      'Done',
    ])
  })

  test('composes a large file in several invocations', async () => {
    functions.compositions = 3
    const { status, states } = await machine.run()
    expect(status).toBe('SUCCEEDED')
    expect(states.slice(states.indexOf('Finish'))).toEqual([
      ...Array(3).fill(['Finish', 'Finished?']).flat(),
      'Notify',
      'Done',
    ])
  })
})

test.each<[Failure['step'], string]>([
  ['Prepare', 'Prepare'],
  ['PlanRanges', 'PlanRanges'],
  ['Export', 'Export'],
  ['ExportChunk', 'Export'],
  ['Finish', 'Finish'],
  ['Notify', 'Notify'],
])('Resume after %s goes to %s', (step, state) => {
  const { Choices } = JSON.parse(DEFINITION).States.Resume as { Choices: { Condition: string; Next: string }[] }
  expect(Choices.filter(({ Condition }) => Condition.includes(`"${step}"`)).map(({ Next }) => Next)).toEqual([state])
})
