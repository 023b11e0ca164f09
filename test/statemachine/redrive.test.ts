/** The deployed machine redriven, as AWS documents it and as it may be otherwise. */
import type { Doubts } from '../../local/src/states/service.ts'
import { EVERY_DOUBT, functions, givenMachine, type Step } from './machine.ts'

describe.each<[string, Doubts]>([
  ['', {}],
  [' that keeps the arguments of before', { redriveKeepsArguments: true }],
  [' that forgets variables', { redriveForgetsVariables: true }],
  [' that alone brings the context’s count', { redriveCountAppearsLate: true }],
  [' that is described late', { lagMillis: 300 }],
  [' with every doubt against us', { ...EVERY_DOUBT, lagMillis: 300 }],
])('a redrive%s', (_, doubts) => {
  const machine = givenMachine(doubts)

  test.each<[Step, Step[]]>([
    ['Prepare', ['Prepare', 'PlanRanges', 'ExportChunk', 'Finish', 'Notify']],
    ['PlanRanges', ['PlanRanges', 'ExportChunk', 'Finish', 'Notify']],
    ['ExportChunk', ['ExportChunk', 'Finish', 'Notify']],
    ['Finish', ['Finish', 'Notify']],
    ['Notify', ['Notify']],
  ])('of a failed %s continues from there, and halts again while it is broken', async (step, rest) => {
    functions.broken = { step, error: 'QueryFailed' }
    functions.parallelism = 2
    const failed = await machine.run()
    expect(failed).toMatchObject({ status: 'FAILED', error: 'QueryFailed' })
    functions.calls = []
    expect(await machine.redrive(failed.executionArn)).toMatchObject({ status: 'FAILED', error: 'QueryFailed' })
    expect([...new Set(functions.calls)]).toEqual(['Halt', step, 'NotifyFailure'])
    functions.calls = []
    functions.broken = undefined
    const { status, output } = await machine.redrive(failed.executionArn)
    expect(status).toBe('SUCCEEDED')
    expect(functions.calls).toEqual(['Halt', ...rest])
    expect(Object.keys(JSON.parse(output!)).sort()).toEqual(['file', 'plan', 'preparedAtRedrive', 'ranges', 'request'])
  })

  test('of a document that was too large starts over', async () => {
    functions.broken = { step: 'Finish', error: 'too much data' }
    functions.failures = 1
    const { executionArn, error } = await machine.run()
    expect(error).toBe('DataLimitExceeded')
    functions.calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(functions.calls).toEqual(['Halt', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of an incomplete file exports it again from the beginning', async () => {
    functions.broken = { step: 'Finish', error: 'FileIncomplete' }
    functions.failures = 2
    const { executionArn, error } = await machine.run()
    expect(error).toBe('FileIncomplete')
    functions.calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(functions.calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of a file that was deleted before its announcement exports it again', async () => {
    functions.broken = { step: 'Notify', error: 'FileIncomplete' }
    functions.failures = 2
    const { executionArn, error } = await machine.run()
    expect(error).toBe('FileIncomplete')
    functions.calls = []
    expect(await machine.redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' })
    expect(functions.calls).toEqual(['Halt', 'Notify', 'Prepare', 'ExportChunk', 'Finish', 'Notify'])
  })

  test('of a file that is incomplete again halts again, instead of exporting forever', async () => {
    functions.broken = { step: 'Finish', error: 'FileIncomplete' }
    const { executionArn } = await machine.run()
    for (let redrive = 1; redrive <= 2; redrive++) {
      functions.calls = []
      const { status, error } = await machine.redrive(executionArn)
      expect({ status, error }).toEqual({ status: 'FAILED', error: 'FileIncomplete' })
      expect(functions.calls).toEqual(['Halt', 'Finish', 'Prepare', 'ExportChunk', 'Finish', 'NotifyFailure', 'Halt'])
    }
  })
})
