import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'
import type { HaltInput } from '../../functions/halt.ts'
import type { Failure } from '../../statemachine/contract.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const execution = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'
const failure: Failure = {
  step: 'Finish',
  error: 'FileIncomplete',
  cause: '{"errorType":"FileIncomplete","errorMessage":"A chunk is gone."}',
  redriveCount: 1,
}

let aws: FakeAws
let halt: (input: HaltInput, context: Context) => Promise<void>
beforeAll(async () => {
  aws = await startFakeAws()
  halt = (await import('../../functions/halt.ts')).handler as unknown as typeof halt
})
afterAll(() => aws.close())
beforeEach(() => {
  aws.calls = []
  givenHistory(['TaskStarted', 'TaskScheduled', 'TaskStateEntered'])
})

test('the execution fails with the recorded error and a sentence as its cause', async () => {
  await expect(run({ redriveCount: 1, failure })).rejects.toMatchObject({
    name: 'FileIncomplete',
    message: 'Finish: A chunk is gone.',
  })
})

test('a name that AWS reserves is thrown without its prefix and included in the cause', async () => {
  const timeout = { ...failure, error: 'States.Timeout', cause: '' }
  await expect(run({ redriveCount: 1, failure: timeout })).rejects.toMatchObject({
    name: 'Timeout',
    message: 'Finish: States.Timeout: AWS gave no cause.',
  })
})

test('its log belongs to the request, so that carryout logs finds it by the request’s id', async () => {
  const { logger } = await import('../../functions/common/step.ts')
  const appended = jest.spyOn(logger, 'appendKeys')
  await run({ redriveCount: 2, failure })
  expect(appended).toHaveBeenCalledWith({ requestId: 'orders-1' })
  appended.mockRestore()
})

test('it continues when its arguments show a redrive, whatever the history says', async () => {
  await run({ redriveCount: 2, failure })
  expect(aws.calls).toEqual([])
})

describe('with arguments from before the redrive', () => {
  test.each([
    ['the redrive', ['TaskStarted', 'TaskScheduled', 'ExecutionRedriven', 'ExecutionFailed', 'TaskFailed'], true],
    ['the redrive of a stopped one', ['TaskScheduled', 'ExecutionRedriven', 'ExecutionAborted'], true],
    [
      'the redrive and a try',
      ['TaskScheduled', 'TaskFailed', 'TaskStarted', 'TaskScheduled', 'ExecutionRedriven'],
      true,
    ],
    ['the entry', ['TaskStarted', 'TaskScheduled', 'TaskStateEntered', 'ExecutionRedriven'], false],
    ['the entry and tries', ['TaskScheduled', 'TaskFailed', 'TaskScheduled', 'TaskStateEntered'], false],
  ])('the history decides: before its attempts came %s', async (_, types, isRedriven) => {
    givenHistory(types)
    const halted = run({ redriveCount: 1, failure })
    await (isRedriven ? expect(halted).resolves.toBeUndefined() : expect(halted).rejects.toThrow('A chunk is gone.'))
    expect(aws.calls[0]).toMatchObject({
      action: 'GetExecutionHistory',
      input: { executionArn: execution, reverseOrder: true, includeExecutionData: false },
    })
  })

  test('a history that still ends with the failure is read again', async () => {
    givenHistory(
      ['ExecutionFailed', 'TaskFailed', 'TaskStateEntered'],
      ['TaskScheduled', 'ExecutionRedriven', 'ExecutionFailed'],
    )
    await run({ redriveCount: 1, failure })
    expect(aws.calls).toHaveLength(2)
  })

  test('a history that shows nothing newer leaves it halted after five looks, more than a second later', async () => {
    givenHistory(['ExecutionFailed', 'TaskFailed', 'TaskStateEntered'])
    const begun = performance.now()
    await expect(run({ redriveCount: 1, failure })).rejects.toThrow('A chunk is gone.')
    expect(aws.calls).toHaveLength(5)
    expect(performance.now() - begun).toBeGreaterThan(1_000)
  })

  test('an unreadable history leaves it halted, so that the redrive can be repeated', async () => {
    aws.answers.GetExecutionHistory = () => ({ __type: 'AccessDeniedException', message: 'No.' })
    await expect(run({ redriveCount: 1, failure })).rejects.toThrow('A chunk is gone.')
  })
})

function run(input: Omit<HaltInput, 'execution'>): Promise<void> {
  return halt({ execution, ...input }, { functionName: 'halt' } as Context)
}

/** Each history has its newest event first. Each call gets the next history; the last one is returned again. */
function givenHistory(...histories: string[][]) {
  aws.answers.GetExecutionHistory = () => {
    const types = histories.length > 1 ? histories.shift()! : histories[0]!
    return { events: types.map((type, at) => ({ type, id: types.length - at, timestamp: 1_800_000_000 })) }
  }
}
