import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn'
import { type Cloud, openCloud, ROLE } from './cloud.ts'

let cloud: Cloud
beforeEach(async () => {
  cloud = await openCloud()
})
afterEach(() => cloud.close())

const MACHINES = 'arn:aws:states:eu-west-1:000000000000:stateMachine'
const EXECUTIONS = 'arn:aws:states:eu-west-1:000000000000:execution'
const definition = (Output: unknown = 1) =>
  JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { Type: 'Succeed', Output } } })
const waiting = { W: { Type: 'Wait', Seconds: 60, End: true } }
const refusal = (name: string, message: string | RegExp) => ({
  name,
  message: typeof message === 'string' ? message : expect.stringMatching(message),
})

describe('a state machine', () => {
  const create = (name: string, text = definition(), rest: object = {}) =>
    cloud.client.send(new CreateStateMachineCommand({ name, definition: text, roleArn: ROLE, ...rest }))

  test('is created, described, listed, updated and deleted', async () => {
    const { stateMachineArn, creationDate } = await create('m')
    expect(stateMachineArn).toBe(`${MACHINES}:m`)
    const described = await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn }))
    expect(described).toMatchObject({
      ...{ name: 'm', status: 'ACTIVE', type: 'STANDARD', roleArn: ROLE, definition: definition(), creationDate },
    })
    await create('k')
    const page = await cloud.client.send(new ListStateMachinesCommand({ maxResults: 1 }))
    expect(page.stateMachines?.map(({ name }) => name)).toEqual(['k'])
    const rest = await cloud.client.send(new ListStateMachinesCommand({ nextToken: page.nextToken }))
    expect(rest.stateMachines?.map(({ name }) => name)).toEqual(['m'])

    const running = await cloud.start(await cloud.machine(waiting))
    const before = await cloud.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: running }))
    await cloud.client.send(
      new UpdateStateMachineCommand({ stateMachineArn: before.stateMachineArn, definition: definition(2) }),
    )
    const after = await cloud.client.send(new DescribeStateMachineForExecutionCommand({ executionArn: running }))
    expect(after.definition).toBe(before.definition)

    await cloud.client.send(new DeleteStateMachineCommand({ stateMachineArn }))
    await expect(cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn }))).rejects.toMatchObject(
      refusal('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`),
    )
  })

  test('is created once: an identical call returns it, a different one is refused', async () => {
    const { creationDate } = await create('m')
    expect((await create('m')).creationDate).toEqual(creationDate)
    await expect(create('m', definition(2))).rejects.toMatchObject(refusal('StateMachineAlreadyExists', /:m'$/))
  })

  test('is updated at boot', async () => {
    const properties = { name: 'm', definition: definition(1), roleArn: ROLE }
    const arn = cloud.states.createStateMachine(properties)
    const first = await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))
    cloud.states.createStateMachine(properties)
    expect(await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))).toMatchObject({
      revisionId: first.revisionId,
    })
    cloud.states.createStateMachine({ ...properties, definition: definition(2) })
    const second = await cloud.client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))
    expect(second).toMatchObject({ definition: definition(2), creationDate: first.creationDate })
    expect(second.revisionId).not.toBe(first.revisionId)
  })

  test.each([
    ['no JSON', '{', /INVALID_JSON_DESCRIPTION/],
    ['JSONPath', '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}', /Only JSONata state machines run locally/],
    ['an expression that cannot be parsed', definition('{% 1 + %}'), /cannot be parsed/],
  ])('of %s is refused', async (_, text, message) => {
    await expect(create('m', text)).rejects.toMatchObject(refusal('InvalidDefinition', message))
    const { result, diagnostics } = await cloud.client.send(
      new ValidateStateMachineDefinitionCommand({ definition: text }),
    )
    expect(result).toBe('FAIL')
    expect(diagnostics?.[0]).toMatchObject({ severity: 'ERROR', location: expect.stringMatching(/^\//) })
  })

  test('of another type or a name with spaces is refused', async () => {
    await expect(create('m', definition(), { type: 'EXPRESS' })).rejects.toMatchObject(
      refusal('StateMachineTypeNotSupported', /EXPRESS/),
    )
    await expect(create('a b')).rejects.toMatchObject(refusal('InvalidName', "Invalid Name: 'a b'"))
    const { result } = await cloud.client.send(new ValidateStateMachineDefinitionCommand({ definition: definition() }))
    expect(result).toBe('OK')
  })

  test('has tags', async () => {
    const { stateMachineArn: resourceArn } = await create('m', definition(), { tags: [{ key: 'a', value: '1' }] })
    await cloud.client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'b', value: '2' }] }))
    await cloud.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))
    const { tags } = await cloud.client.send(new ListTagsForResourceCommand({ resourceArn }))
    expect(tags).toEqual([{ key: 'b', value: '2' }])
  })
})

describe('StartExecution', () => {
  test('is idempotent while the execution runs', async () => {
    const arn = await cloud.machine(waiting)
    const first = await cloud.client.send(new StartExecutionCommand({ stateMachineArn: arn, name: 'n', input: '{}' }))
    expect(first.executionArn).toBe(`${EXECUTIONS}:machine-0:n`)
    const again = await cloud.client.send(new StartExecutionCommand({ stateMachineArn: arn, name: 'n', input: '{}' }))
    expect(again).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate })
    const taken = refusal('ExecutionAlreadyExists', `Execution Already Exists: '${first.executionArn}'`)
    await expect(cloud.start(arn, { other: 1 }, 'n')).rejects.toMatchObject(taken)
    const { executionArn } = first
    await cloud.client.send(new StopExecutionCommand({ executionArn }))
    await expect(cloud.start(arn, {}, 'n')).rejects.toMatchObject(taken)
  })

  test.each(['', 'a b', 'a/b', 'a'.repeat(81), 'a*'])('refuses the name %j', async (name) => {
    const arn = await cloud.machine(waiting)
    await expect(cloud.start(arn, {}, name)).rejects.toMatchObject({ name: 'InvalidName' })
  })

  test('refuses an input that is not JSON or too large', async () => {
    const stateMachineArn = await cloud.machine(waiting)
    const start = (input: string) => cloud.client.send(new StartExecutionCommand({ stateMachineArn, input }))
    await expect(start('{')).rejects.toMatchObject({ name: 'InvalidExecutionInput' })
    await expect(start(JSON.stringify('x'.repeat(262_143)))).rejects.toMatchObject({ name: 'ValidationException' })
  })
})

describe('ListExecutions', () => {
  test('lists newest first, by status, by redrive, and in pages', async () => {
    const stateMachineArn = await cloud.machine({
      C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input = 1 %}', Next: 'F' }], Default: 'S' },
      S: { Type: 'Succeed' },
      F: { Type: 'Fail' },
    })
    const arns: string[] = []
    for (const input of [0, 1, 0, 1]) arns.push(await cloud.start(stateMachineArn, input))
    for (const arn of arns) await cloud.ended(arn)
    await cloud.client.send(new RedriveExecutionCommand({ executionArn: arns[1] }))
    await cloud.ended(arns[1] as string)
    const list = async (rest: object = {}) => {
      const page = await cloud.client.send(new ListExecutionsCommand({ stateMachineArn, ...rest }))
      return { ...page, at: page.executions?.map(({ executionArn }) => arns.indexOf(executionArn as string)) }
    }
    expect((await list()).at).toEqual([3, 2, 1, 0])
    expect((await list({ statusFilter: 'FAILED' })).at).toEqual([3, 1])
    expect((await list({ statusFilter: 'RUNNING' })).at).toEqual([])
    expect((await list({ redriveFilter: 'REDRIVEN' })).at).toEqual([1])
    expect((await list({ redriveFilter: 'NOT_REDRIVEN' })).at).toEqual([3, 2, 0])
    const first = await list({ maxResults: 3 })
    expect(first.at).toEqual([3, 2, 1])
    expect(first.executions?.[2]).toMatchObject({ status: 'FAILED', redriveCount: 1, redriveDate: expect.any(Date) })
    expect((await list({ maxResults: 3, nextToken: first.nextToken })).at).toEqual([0])
    await expect(list({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidToken' })
    for (const wrong of [{ maxResults: 1001 }, { statusFilter: 'LOST' }, { redriveFilter: 'MAYBE' }]) {
      await expect(list(wrong)).rejects.toMatchObject({ name: 'ValidationException' })
    }
  })
})

test('StopExecution of an ended execution changes nothing', async () => {
  const { executionArn, stopDate, status } = await cloud.run({ A: { Type: 'Fail' } })
  expect(await cloud.client.send(new StopExecutionCommand({ executionArn }))).toMatchObject({ stopDate })
  expect(await cloud.ended(executionArn as string)).toMatchObject({ status, stopDate })
})

test('a missing resource is reported', async () => {
  const missing = { executionArn: `${EXECUTIONS}:m:none` }
  const answers = [
    () => cloud.client.send(new DescribeExecutionCommand(missing)),
    () => cloud.client.send(new StopExecutionCommand(missing)),
    () => cloud.client.send(new RedriveExecutionCommand(missing)),
    () => cloud.client.send(new DescribeStateMachineForExecutionCommand(missing)),
  ]
  for (const answer of answers) await expect(answer()).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' })
  await expect(cloud.client.send(new DescribeExecutionCommand({ executionArn: 'x' }))).rejects.toMatchObject({
    name: 'InvalidArn',
  })
  await expect(cloud.start(`${MACHINES}:none`)).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' })
})
