/** Many failed executions replayed through the queue of the local cloud. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn'
import { createOperator, type OperatorClient } from '../../client/operator.ts'
import type { TestCloud } from '../support/cloud.ts'
import { arnOf, givenRequest, outcomeOf, send, startShop } from '../support/pipeline.ts'

let cloud: TestCloud
let operator: OperatorClient
beforeAll(async () => {
  cloud = await startShop()
  const { endpointUrl: endpoint, region } = cloud
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  operator = createOperator({ stackName: 'Carryout' }, { endpoint, region, credentials })
}, 180_000)
afterAll(() => cloud?.close())
beforeEach(() => operator.pause({ by: 'a test', reason: 'so that what is sent waits together' }))

test('is previewed, takes turns with the requests that wait, and redrives each execution once', async () => {
  const ids = await givenFailures('turns', 4)
  const { downloads } = await operator.previewReplay({ filter: { export: 'turns' } })
  expect(downloads.map(({ id }) => id)).toEqual(ids)
  const made = await operator.replayAll({ name: 'turns', filter: { export: 'turns' }, by: 'ops', why: 'repaired' })
  expect(made).toMatchObject({ state: 'running', count: 4, waiting: 4, replayed: 0, by: 'ops', why: 'repaired' })
  const { id } = await operator.request(givenRequest() as never)
  expect(await operator.position(id)).toBe(1)
  await operator.resume()
  expect(await ended('turns')).toMatchObject({ state: 'done', replayed: 4, skipped: 0, waiting: 0 })
  const outcomes = await Promise.all(ids.map((each) => outcomeOf(cloud, each, 1)))
  expect(outcomes.map(({ redriveCount, status }) => [redriveCount, status])).toEqual(ids.map(() => [1, 'FAILED']))
  const action = { action: 'replay', by: 'ops', reason: 'repaired', bulk: 'turns' }
  expect(await operator.actions(ids[0]!)).toMatchObject([action])
  const { startDate } = await outcomeOf(cloud, id)
  const before = outcomes.filter(({ redriveDate }) => redriveDate! < startDate!)
  expect(before).toHaveLength(1)
  expect(await operator.bulkReplays()).toContainEqual(expect.objectContaining({ name: 'turns', state: 'done' }))
})

test('that is stopped leaves the rest unchanged', async () => {
  const ids = await givenFailures('stopped', 3)
  await operator.replayAll({ name: 'stopped', executions: ids, by: 'ops', why: '' })
  const { id } = await operator.request(givenRequest() as never)
  expect(await operator.stopBulkReplay('stopped', { by: 'somebody' })).toMatchObject({
    state: 'stopped',
    waiting: 3,
    stoppedBy: 'somebody',
  })
  expect(await operator.position(id)).toBe(0)
  await operator.resume()
  await outcomeOf(cloud, id)
  // Behind its messages, too.
  await outcomeOf(cloud, (await operator.request(givenRequest() as never)).id)
  const outcomes = await Promise.all(ids.map((each) => outcomeOf(cloud, each)))
  expect(outcomes.map(({ redriveCount = 0 }) => redriveCount)).toEqual([0, 0, 0])
  expect(await operator.bulkReplay('stopped')).toMatchObject({ state: 'stopped', waiting: 3 })
})

test('skips executions that were replayed in the meantime or cannot be replayed, and says why', async () => {
  const [first, second] = await givenFailures('skipped', 2)
  await operator.replayAll({ name: 'skipped', executions: [first!, second!, 'nobody'], by: 'ops', why: '' })
  await cloud.clients.sfn.send(new RedriveExecutionCommand({ executionArn: arnOf(cloud, first!) }))
  await outcomeOf(cloud, first!, 1)
  await operator.resume()
  expect(await ended('skipped')).toMatchObject({ replayed: 1, skipped: 2 })
  const { executions } = (await operator.bulkReplay('skipped'))!
  expect(Object.fromEntries(executions.map(({ execution, reason }) => [execution, reason]))).toEqual({
    [first!]: 'It was replayed in the meantime.',
    [second!]: undefined,
    nobody: 'The execution does not exist.',
  })
  expect((await outcomeOf(cloud, first!)).redriveCount).toBe(1)
})

test('of one cause excludes failures after the preview; sent twice at once, it is made once', async () => {
  const ids = await givenFailures('twice', 3)
  const { groups } = await operator.failures()
  const { key, downloads } = groups.find(({ downloads: [newest] }) => newest?.id === ids[2])!
  expect(downloads.map(({ id }) => id)).toEqual(ids.toReversed())
  const which = { group: key, until: downloads[1]!.at }
  const twice = [0, 1].map(() => operator.replayAll({ name: 'twice', ...which, by: 'ops', why: '' }))
  const made = (await Promise.allSettled(twice)).map(({ status }) => status)
  expect(made).toContain('fulfilled')
  await operator.resume()
  expect(await ended('twice')).toMatchObject({ count: 2, replayed: 2, skipped: 0 })
  const outcomes = await Promise.all(ids.map((each, index) => outcomeOf(cloud, each, index < 2 ? 1 : 0)))
  expect(outcomes.map(({ redriveCount = 0 }) => redriveCount)).toEqual([1, 1, 0])
})

test.each([
  [{ name: 'no name', filter: {} }, 'must be 1 to 60 characters'],
  [{ name: 'nothing', filter: { export: 'nothing' } }, 'there is nothing to replay'],
  [{ name: 'turns', filter: {} }, 'A bulk replay “turns” already exists, made by ops'],
])('refuses %j', async (which, sentence) => {
  await expect(operator.replayAll({ ...which, by: 'ops', why: '' })).rejects.toThrow(sentence)
})

test('a message of an unknown bulk replay fails and redrives nothing', async () => {
  const [id] = await givenFailures('forged', 1)
  await operator.resume()
  const messageId = await send(cloud, { replay: id, redriveCount: 0, bulk: 'forged' })
  const { status, input } = await outcomeOf(cloud, messageId)
  expect([status, JSON.parse(input!).problem]).toEqual([
    'FAILED',
    'This execution is not part of a bulk replay “forged”.',
  ])
  expect((await outcomeOf(cloud, id!)).redriveCount ?? 0).toBe(0)
})

/** Makes downloads of an unknown export, which fail at once, in the order of their failures. */
async function givenFailures(name: string, count: number): Promise<string[]> {
  await operator.resume()
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    const { id } = await operator.request(givenRequest({ export: name }) as never)
    await outcomeOf(cloud, id)
    while ((await operator.entry(id))?.state !== 'failed') await sleep(30)
    ids.push(id)
  }
  await operator.pause({ by: 'a test', reason: 'so that what is sent waits together' })
  return ids
}

async function ended(name: string) {
  for (;;) {
    const replay = await operator.bulkReplay(name)
    if (replay?.state === 'done') return replay
    await sleep(50)
  }
}
