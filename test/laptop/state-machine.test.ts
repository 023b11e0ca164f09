/** The machine that Carryout deploys, run by the interpreter; its functions are stand-ins that follow the contract. */
import { readFileSync } from 'node:fs'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { TaskError, type TaskRunner } from '../../local/src/states/service.ts'
import { validate } from '../../local/src/states/validate.ts'
import { type Cloud, openCloud, ROLE } from '../../local/test/states/cloud.ts'

const DEFINITION = readFileSync(new URL('../../statemachine/download.asl.json', import.meta.url), 'utf8').replaceAll(
  /\$\{Partition\}/g,
  'aws',
)
const CHUNKS = 2

interface Payload {
  redriveCount: number
  failure: { step: string; error: string; cause: string; redriveCount: number }
  range: { index: number; done: boolean; chunks: number }
  document: { failure?: object }
}

let calls: string[] = []
let broken = ''
const functions: Record<string, (payload: Payload) => unknown> = {
  Prepare: () => {
    const range = (index: number) => ({ index, done: false, chunks: 0 })
    return { request: { id: 'r' }, plan: { parallelism: 2 }, ranges: [range(0)] }
  },
  PlanRanges: (document) => ({ ...document, ranges: [0, 1].map((index) => ({ index, done: false, chunks: 0 })) }),
  ExportChunk: ({ range }) => {
    const chunks = range.chunks + 1
    return { ...range, chunks, done: chunks === CHUNKS }
  },
  Finish: (document) => ({ ...document, file: { rows: 4 } }),
  Notify: () => null,
  Halt: ({ redriveCount, failure }) => {
    if (redriveCount <= failure.redriveCount) throw new TaskError(failure.error, `${failure.step}: ${failure.cause}`)
    return null
  },
}
const runTask: TaskRunner = async ({ arguments: args }) => {
  const { FunctionName, Payload } = args as { FunctionName: string; Payload: Payload }
  const called = /^\$\{(\w+)Function\}$/.exec(FunctionName)?.[1] ?? ''
  const name = called === 'ExportChunk' && !Payload.range ? 'PlanRanges' : called
  const call = name === 'ExportChunk' ? `${name} ${Payload.range.index}/${Payload.range.chunks}` : name
  calls.push(name === 'Notify' && Payload.document.failure ? 'NotifyFailure' : call)
  if (call === broken) throw new TaskError('QueryFailed', 'no such table')
  return { Payload: functions[name]?.(Payload) }
}

let cloud: Cloud
let machine: string
beforeAll(async () => {
  cloud = await openCloud(runTask)
  machine = cloud.states.createStateMachine({ name: 'download', definition: DEFINITION, roleArn: ROLE })
})
beforeEach(() => {
  calls = []
  broken = ''
})
afterAll(() => cloud.close())

async function replay(executionArn: string) {
  await cloud.client.send(new RedriveExecutionCommand({ executionArn }))
  return cloud.ended(executionArn)
}

test('exports each range in its chunks, finishes, and notifies', async () => {
  const ended = await cloud.ended(await cloud.start(machine, { id: 'r' }))
  expect(ended.status).toBe('SUCCEEDED')
  expect(JSON.parse(ended.output as string)).toMatchObject({
    file: { rows: 4 },
    ranges: [{ chunks: 2 }, { chunks: 2 }],
  })
  expect(calls.filter((call) => call.startsWith('ExportChunk'))).toHaveLength(4)
  expect(calls.slice(-2)).toEqual(['Finish', 'Notify'])
})

test.each(['Prepare', 'PlanRanges', 'ExportChunk 1/1', 'Finish'])(
  'halts when %s fails, and a replay continues from there',
  async (step) => {
    broken = step
    const executionArn = await cloud.start(machine, { id: 'r' })
    const failed = await cloud.ended(executionArn)
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: 'QueryFailed',
      cause: `${step.split(' ')[0]}: no such table`,
    })
    expect(calls.slice(-2)).toEqual(['NotifyFailure', 'Halt'])
    const before = calls.length

    // Still broken: the same again, and no finished work is repeated.
    expect(await replay(executionArn)).toMatchObject({ status: 'FAILED', error: 'QueryFailed', redriveCount: 1 })
    expect(calls.slice(before)).toEqual(['Halt', step, 'NotifyFailure', 'Halt'])

    broken = ''
    const ended = await replay(executionArn)
    expect(ended).toMatchObject({ status: 'SUCCEEDED', redriveCount: 2 })
    expect(JSON.parse(ended.output as string)).not.toHaveProperty('failure')
    expect(calls.slice(before + 4, before + 6)).toEqual(['Halt', step])
    const chunks = calls.filter((call) => call.startsWith('ExportChunk'))
    const repeated = step.startsWith('ExportChunk') ? 2 : 0
    expect(chunks).toHaveLength(4 + repeated)
  },
)

test('the machine that Carryout deploys is valid', () => {
  expect(validate(DEFINITION).problems).toEqual([])
})
