/** What a web app and an operator do, with a table in this process and an AWS that answers as each test says. */
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { NewRequest } from '../../client/carryout.ts'
import { NoFile, NoSuchExecution, NotReplayable, PartMissing } from '../../client/errors.ts'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import type { Parts } from '../../client/parts.ts'
import { History } from '../../client/progress.ts'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { type Asked, answering, Refusal } from '../support/answering.ts'
import { openTables } from '../support/table.ts'

const START = 1_800_000_000
const PREPARE = 'POST /2015-03-31/functions/prepare/invocations'
const HEAD = 'HEAD /files/orders.csv'
const who = { by: 'ops', reason: 'a test' }
const request = {
  id: 'orders-1',
  export: 'orders',
  params: {},
  requestedBy: 'hanako@example.com',
} satisfies NewRequest
const file = { bucket: 'files', key: 'files/orders.csv', manifestKey: 'manifests/orders.json', name: 'orders.csv' }

let tables: Awaited<ReturnType<typeof openTables>>
let count = 0
beforeAll(async () => {
  tables = await openTables()
})
afterAll(() => tables?.close())
afterEach(() => jest.restoreAllMocks())

interface Described {
  status: string
  input?: string
  output?: string
  redriveStatus?: string
}

async function givenOperator(change: Partial<Parts> = {}) {
  const tableName = `operator-${count++}`
  const { table } = await tables.make(tableName)
  const asked: Asked[] = []
  const executions: Record<string, Described> = {}
  const letters: { MessageId: string; Body: string; ReceiptHandle: string }[] = []
  let received = false
  const describe = ({ executionArn }: { executionArn: string }) => {
    const name = executionArn.split(':').at(-1)!
    const described = executions[name]
    if (!described) throw new Refusal('ExecutionDoesNotExist', 'None.', 'json')
    return { executionArn, name, startDate: START, input: '{}', ...described }
  }
  const answers: Record<string, (fields: Asked['fields']) => object | string> = {
    DescribeExecution: describe,
    GetExecutionHistory: () => ({
      events: [
        {
          id: 2,
          type: 'TaskStateEntered',
          timestamp: START + 1,
          stateEnteredEventDetails: { name: 'Prepare', input: '{}' },
        },
        { id: 1, type: 'ExecutionStarted', timestamp: START },
      ],
    }),
    DescribeStateMachine: () => ({
      definition: JSON.stringify({ States: { Prepare: { Arguments: { FunctionName: 'prepare' } } } }),
    }),
    ListExecutions: () => ({
      executions: Object.keys(executions).map((name) => ({ executionArn: `a:${name}`, name, status: 'RUNNING' })),
    }),
    [PREPARE]: () => '[]',
    SendMessage: () => ({ MessageId: 'sent-1' }),
    ReceiveMessage: () => {
      const Messages = received ? [] : letters
      received = !received
      return { Messages }
    },
  }
  const { options } = answering((one) => {
    asked.push(one)
    return answers[one.operation]?.(one.fields) ?? {}
  }, tables.options.requestHandler)
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:Download'
  const parts = {
    queueUrl: 'http://queue/1',
    stateMachineArn,
    bucket: 'files',
    tableName,
    deadLetterQueueUrl: 'http://letters/1',
  }
  const operator = createOperator({ ...parts, ...change }, options)
  const timesAsked = (operation: string) => asked.filter((one) => one.operation === operation).length
  return { operator, table, asked, executions, answers, letters, timesAsked }
}

describe('the links to a file', () => {
  const output = JSON.stringify({ request, file })

  test('are to the file and its manifest, or null once the file is deleted', async () => {
    const { operator, executions, answers } = await givenOperator()
    executions['orders-1'] = { status: 'SUCCEEDED', output }
    const links = await operator.fileLinks('orders-1', 60)
    expect(links?.file.url).toMatch(/files\/orders\.csv\?.*X-Amz-Expires=60&/)
    expect(links?.manifest.url).toContain('manifests/orders.json?')
    answers[HEAD] = () => {
      throw new Refusal('NotFound', '', 'none', 404)
    }
    expect(await operator.fileLinks('orders-1', 60)).toBeNull()
    await expect(operator.link('orders-1', { isThere: true })).rejects.toThrow(NoFile)
    expect((await operator.link('orders-1')).url).toContain('X-Amz-Expires=3600&')
    answers[HEAD] = () => {
      throw new Refusal('AccessDenied', '', 'none', 403)
    }
    await expect(operator.fileLinks('orders-1', 60)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
    await expect(operator.link('orders-1', { isThere: true })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    })
  })

  test('are none for an execution without a file', async () => {
    const { operator, executions } = await givenOperator()
    executions['orders-1'] = { status: 'RUNNING' }
    const sentence = 'The execution “orders-1” has no file: its state is RUNNING.'
    await expect(operator.fileLinks('orders-1', 60)).rejects.toThrow(new NoFile(sentence))
    await expect(operator.link('orders-1')).rejects.toThrow(new NoFile(sentence))
  })

  test('are only those of the requester, if there is one', async () => {
    const { operator, executions } = await givenOperator()
    executions['orders-1'] = { status: 'SUCCEEDED', input: JSON.stringify(request), output }
    executions.none = { status: 'SUCCEEDED', output: JSON.stringify({ file }) }
    const linkFor = (requestedBy: string | undefined, id = 'orders-1') => operator.link(id, { requestedBy } as object)
    expect((await linkFor('HANAKO@example.com')).url).toContain('orders.csv')
    for (const [other, id] of [
      ['taro@example.com', 'orders-1'],
      ['taro@example.com', 'none'],
    ] as const)
      await expect(linkFor(other, id)).rejects.toThrow(NoSuchExecution)
    await expect(linkFor(undefined)).rejects.toThrow('requestedBy is undefined')
  })
})

describe('the catalogue', () => {
  test('is reused for five seconds, and its function is looked up once', async () => {
    const { operator, timesAsked } = await givenOperator()
    let now = Date.now()
    jest.spyOn(Date, 'now').mockImplementation(() => now)
    const asks = async () => {
      expect(await operator.catalogue()).toEqual([])
      return timesAsked(PREPARE)
    }
    expect(await asks()).toBe(1)
    now += 5_000
    expect(await asks()).toBe(1)
    now += 1
    expect(await asks()).toBe(2)
    expect(timesAsked('DescribeStateMachine')).toBe(1)
    expect(await operator.schedules([])).toEqual([])
    now += 6_000
    expect(await operator.schedules([])).toEqual([])
    expect(timesAsked(PREPARE)).toBe(2)
    expect(await operator.schedules()).toEqual([])
    expect(timesAsked(PREPARE)).toBe(3)
  })

  test('is asked for again after a failure', async () => {
    const { operator, answers } = await givenOperator()
    const { [PREPARE]: prepare, DescribeStateMachine: machine } = answers
    answers.DescribeStateMachine = () => ({ definition: '{}' })
    await expect(operator.catalogue()).rejects.toThrow(PartMissing)
    answers.DescribeStateMachine = machine!
    answers[PREPARE] = () => {
      throw new Refusal('TooManyRequestsException', 'No.', 'json', 429)
    }
    await expect(operator.catalogue()).rejects.toThrow()
    answers[PREPARE] = prepare!
    expect(await operator.catalogue()).toEqual([])
    expect(await operator.check(request)).toBeNull()
  })
})

test('an inspection has the progress and the trace of the whole history', async () => {
  const { operator, executions } = await givenOperator()
  executions['orders-1'] = { status: 'RUNNING' }
  const { progress, trace } = await operator.inspect('orders-1')
  expect(progress).toMatchObject({ status: 'RUNNING', state: 'Prepare', startedAt: new Date(START * 1000) })
  expect(await operator.trace('orders-1')).toEqual(trace)
  expect(await operator.progress('orders-1')).toEqual(progress)
  expect(JSON.stringify(trace)).toContain('Prepare')
})

describe('a request', () => {
  test('is entered as waiting before it is sent, and noted if somebody says who it is from', async () => {
    const { operator, timesAsked } = await givenOperator()
    await enter(operator)
    expect(await operator.actions('orders-1')).toEqual([])
    expect(await operator.entry('orders-1')).toMatchObject({ state: 'waiting', export: 'orders' })
    await operator.request({ ...request, id: 'orders-2' }, who)
    expect(await operator.actions('orders-2')).toMatchObject([{ ...who, action: 'request' }])
    expect(timesAsked('SendMessage')).toBe(2)
  })

  test('is sent even if the table is not there', async () => {
    const { operator, timesAsked } = await givenOperator({ tableName: 'missing' })
    expect(await operator.request(request, who)).toMatchObject({ id: 'orders-1', messageId: 'sent-1' })
    const without = await givenOperator({ tableName: undefined })
    await without.operator.request(request, who)
    expect([timesAsked('SendMessage'), without.timesAsked('SendMessage')]).toEqual([1, 1])
  })

  test('leaves no timer behind, so that a program ends right after it', async () => {
    const { operator } = await givenOperator({ tableName: undefined })
    const timers = () => process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length
    const before = timers()
    await operator.request(request)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  test('is known if an execution has exactly it', async () => {
    const { operator, executions, answers } = await givenOperator()
    expect(await operator.isKnown(request)).toBe(false)
    executions['orders-1'] = { status: 'RUNNING', input: JSON.stringify(request) }
    expect(await operator.isKnown(request)).toBe(true)
    await expect(operator.isKnown({ ...request, export: 'customers' })).rejects.toThrow(InvalidRequest)
    answers.DescribeExecution = () => {
      throw new Refusal('ThrottlingException', 'No.', 'json')
    }
    await expect(operator.isKnown(request)).rejects.toThrow('No.')
  })

  test('under an id that belongs to another is never shown the other’s file', async () => {
    const { operator, executions } = await givenOperator()
    await operator.request(request)
    const other = JSON.stringify({ ...request, export: 'customers' })
    executions['orders-1'] = { status: 'SUCCEEDED', input: other, output: JSON.stringify({ file }) }
    await expect(operator.link('orders-1')).rejects.toThrow('There is no execution “sent-1”.')
  })

  test('is followed to its end, and its history can be read bit by bit', async () => {
    const { operator, answers } = await givenOperator()
    const { GetExecutionHistory: running } = answers
    const history = new History('orders-1')
    expect(await operator.refresh(history)).toMatchObject({ status: 'RUNNING', state: 'Prepare' })
    answers.GetExecutionHistory = (fields) => {
      const { events } = running!(fields) as { events: object[] }
      return { events: [{ id: 3, type: 'ExecutionSucceeded', timestamp: START + 2 }, ...events] }
    }
    expect(await operator.refresh(history)).toMatchObject({ status: 'SUCCEEDED', steps: { length: 1 } })
    const statuses: string[] = []
    for await (const { status } of operator.follow('orders-1')) statuses.push(status)
    expect(statuses).toEqual(['SUCCEEDED'])
  })

  test('is checked only if the function of Prepare is known', async () => {
    expect(await (await givenOperator()).operator.examine(request)).toBeUndefined()
    const { operator, answers } = await givenOperator({ prepareFunction: 'prepare' })
    answers[PREPARE] = () => JSON.stringify({ plan: { catalogue: 'c0ffee' } })
    expect(await operator.examine(request)).toEqual({ problem: null, catalogue: 'c0ffee' })
  })
})

describe('a replay', () => {
  test('of an execution that AWS can redrive is noted on it', async () => {
    const { operator, executions } = await givenOperator()
    executions['orders-1'] = { status: 'FAILED', redriveStatus: 'REDRIVABLE', input: JSON.stringify(request) }
    expect(await operator.replay('orders-1', who)).toEqual({ id: 'orders-1', redriven: true, redriveCount: 1 })
    const [action] = await operator.actions('orders-1')
    expect(action).toMatchObject({ ...who, action: 'replay' })
    expect(action).not.toHaveProperty('other')
    expect(await operator.entry('orders-1')).toBeUndefined()
  })

  test('of any other is a new request, and each names the other', async () => {
    const { operator, executions } = await givenOperator()
    executions['orders-1'] = { status: 'SUCCEEDED', input: JSON.stringify(request) }
    expect(await operator.replay('orders-1', who, { newRequestId: 'again' })).toMatchObject({
      id: 'again',
      redriven: false,
    })
    expect(await operator.actions('orders-1')).toMatchObject([{ ...who, action: 'replay', other: 'again' }])
    expect(await operator.entry('orders-1')).toMatchObject({ replayedAs: 'again' })
    expect(await operator.entry('again')).toMatchObject({ replayedFrom: 'orders-1' })
  })

  test('with changes needs an export and a requester', async () => {
    const { operator, executions } = await givenOperator()
    executions.text = { status: 'FAILED', input: '"text"' }
    for (const change of [{}, { export: 'orders' }, { requestedBy: request.requestedBy }])
      await expect(operator.resend('text', change)).rejects.toThrow(NotReplayable)
    const again = { ...request, id: 'again' }
    expect(await operator.resend('text', again, who)).toMatchObject({ id: 'again', request: again })
    expect(await operator.actions('text')).toMatchObject([{ ...who, action: 'resend', other: 'again' }])
    expect(await operator.entry('text')).toMatchObject({ replayedAs: 'again' })
  })
})

describe('a download is stopped', () => {
  test('with who did it and why, as far as Step Functions accepts it', async () => {
    const { operator, executions, asked } = await givenOperator()
    executions['orders-1'] = { status: 'RUNNING' }
    for (const reason of ['', 'wrong month', 'x'.repeat(40_000)])
      expect(await operator.stop('orders-1', { by: 'ops', reason })).toBe(true)
    const causes = asked.filter(({ operation }) => operation === 'StopExecution').map(({ fields }) => fields.cause)
    expect(causes.slice(0, 2)).toEqual(['Stopped by ops.', 'Stopped by ops: wrong month'])
    expect(causes[2]).toBe(`Stopped by ops: ${'x'.repeat(40_000)}`.slice(0, 32_768))
    expect(await operator.actions('orders-1')).toHaveLength(3)
  })

  test('unless it has ended', async () => {
    const { operator, executions, timesAsked } = await givenOperator()
    executions['orders-1'] = { status: 'FAILED' }
    expect(await operator.stop('orders-1', who)).toBe(false)
    expect(timesAsked('StopExecution')).toBe(0)
    expect(await operator.actions('orders-1')).toEqual([])
  })
})

describe('a cancellation', () => {
  test('of an unknown request is an error', async () => {
    const { operator } = await givenOperator()
    await expect(operator.cancel('orders-1', who)).rejects.toThrow(NoSuchExecution)
  })

  test('of a waiting request marks it, once', async () => {
    const { operator, timesAsked } = await givenOperator()
    await enter(operator)
    expect(await operator.cancel('orders-1', { by: 'ops' })).toBe('waiting')
    expect(await operator.entry('orders-1')).toMatchObject({ state: 'cancelled' })
    expect(await operator.cancel('orders-1', who)).toBe('over')
    expect(await operator.actions('orders-1')).toMatchObject([{ action: 'cancel', by: 'ops', reason: '' }])
    expect(timesAsked('StopExecution')).toBe(0)
  })

  test('of a running one stops it, also if it has just started', async () => {
    const { operator, executions, answers, asked } = await givenOperator()
    executions['orders-2'] = { status: 'RUNNING' }
    expect(await operator.cancel('orders-2', who)).toBe('running')
    await enter(operator)
    const { DescribeExecution: describe } = answers
    answers.DescribeExecution = (fields) => {
      try {
        return describe!(fields)
      } finally {
        executions['orders-1'] = { status: 'RUNNING' }
      }
    }
    expect(await operator.cancel('orders-1', who)).toBe('running')
    const stops = asked.filter(({ operation }) => operation === 'StopExecution').map(({ fields }) => fields)
    expect(stops).toMatchObject([
      { error: 'Cancelled', cause: 'Cancelled by ops.', executionArn: expect.stringMatching(/:orders-2$/) },
      { error: 'Cancelled', executionArn: expect.stringMatching(/:orders-1$/) },
    ])
    executions['orders-2'] = { status: 'SUCCEEDED' }
    expect(await operator.cancel('orders-2', who)).toBe('over')
    expect(await operator.actions('orders-2')).toHaveLength(1)
  })
})

test('a pause and its end are noted; an end without a pause is not', async () => {
  const { operator } = await givenOperator()
  await operator.resume(who)
  expect(await operator.queueActions()).toEqual([])
  await operator.pause(who)
  await operator.resume(who)
  expect((await operator.queueActions()).map(({ action }) => action).sort()).toEqual(['pause', 'resume'])
})

describe('dead letters', () => {
  const letter = { MessageId: 'm-1', Body: JSON.stringify(request), ReceiptHandle: 'r' }

  test('are sent or dropped with a note, if they are still there', async () => {
    const { operator, letters } = await givenOperator()
    expect(await operator.sendDeadLetter('m-1', undefined, who)).toBe(false)
    expect(await operator.dropDeadLetter('m-1', who)).toBe(false)
    expect(await operator.queueActions()).toEqual([])
    letters.push(letter)
    await enter(operator)
    expect(await operator.sendDeadLetter('m-1', undefined, who)).toBe(true)
    expect(await operator.queueActions()).toMatchObject([{ ...who, action: 'sendDeadLetter', other: 'm-1' }])
    expect(await operator.entry('orders-1')).toMatchObject({ state: 'waiting' })
    expect(await operator.dropDeadLetter('m-1', who)).toBe(true)
    expect((await operator.queueActions()).map(({ action }) => action)).toContain('dropDeadLetter')
    expect(await operator.entry('orders-1')).toMatchObject({ state: 'cancelled' })
  })

  test('are not there without their queue', async () => {
    const { operator } = await givenOperator({ deadLetterQueueUrl: undefined })
    await expect(operator.deadLetters()).rejects.toThrow(PartMissing)
  })

  test('are entered when the index is rebuilt, together with executions', async () => {
    const { operator, letters, executions } = await givenOperator()
    executions['orders-2'] = { status: 'FAILED' }
    letters.push(letter)
    expect(await operator.rebuildIndex()).toEqual({ executions: 1, corrected: 2 })
    expect(await operator.entry('orders-1')).toMatchObject({ state: 'failed', error: 'NotStarted' })
    const without = await givenOperator({ deadLetterQueueUrl: undefined })
    without.executions['orders-2'] = { status: 'FAILED' }
    expect(await without.operator.rebuildIndex()).toEqual({ executions: 1, corrected: 1 })
    expect(without.timesAsked('ReceiveMessage')).toBe(0)
  })
})

test('logs need the stack’s name, and are read up to a number of lines', async () => {
  const { operator } = await givenOperator()
  await expect(operator.logs('orders-1', new Date(), 2)).rejects.toThrow(PartMissing)
  const group =
    '<member><ResourceType>AWS::Logs::LogGroup</ResourceType><PhysicalResourceId>g</PhysicalResourceId></member>'
  const { options } = answering(({ operation }) =>
    operation === 'ListStackResources'
      ? `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>${group}</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`
      : { events: [1, 2, 3].map((at) => ({ eventId: `${at}`, timestamp: at, message: `line ${at}` })) },
  )
  const lines = async (most: number) => {
    const found = await createOperator({ stackName: 'Shop' }, options).logs('orders-1', new Date(0), most)
    return found.map(({ message }) => message)
  }
  expect(await lines(2)).toEqual(['line 1', 'line 2'])
  expect(await lines(9)).toHaveLength(3)
})

/** Sends the request, and waits for its entry: a slow machine's table takes longer than a request waits for it. */
async function enter(operator: OperatorClient) {
  await operator.request(request)
  for (let look = 0; look < 1_000 && (await operator.entry(request.id)) === undefined; look++) await sleep(10)
}
