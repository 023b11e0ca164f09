import { SFNClient } from '@aws-sdk/client-sfn'
import { Executions } from '../../../functions/common/executions.ts'
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts'

let aws: FakeAws
let client: SFNClient
let executions: Executions
beforeAll(async () => {
  aws = await startFakeAws()
  client = new SFNClient({})
  executions = new Executions(client, 'arn:aws:states:us-east-1:000000000000:stateMachine:download')
})
afterAll(() => {
  client.destroy()
  aws.close()
})

test.each([
  [2, 3, true],
  [3, 3, false],
  [4, 3, false],
])('while %i run of at most %i, a slot is free: %s', async (running, maxRunning, isFree) => {
  const item = (name: number) => ({ executionArn: `arn:${name}`, name: `${name}`, status: 'RUNNING', startDate: 1 })
  aws.answers.ListExecutions = () => ({ executions: Array.from({ length: running }, (_, name) => item(name)) })
  expect(await executions.hasSlot(maxRunning, Date.now() + 10_000)).toBe(isFree)
})
