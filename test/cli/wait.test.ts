/** `--wait` against a Step Functions whose answers are late: what it waits for, and the exit code of each end. */

import { waitFor } from '../../cli/wait.ts'
import { type Carryout, createCarryout } from '../../client/carryout.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { type FakeAws, startFakeAws } from '../support/fake-aws.ts'

const PARTS = {
  queueUrl: 'http://127.0.0.1/000000000000/q.fifo',
  stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:m',
  bucket: 'files',
}
const printed: string[] = []
const terminal: Terminal = {
  print: (line) => void printed.push(line),
  note: () => undefined,
  progress: () => undefined,
  interactive: false,
  paint: (_style, text) => text,
}

let aws: FakeAws
let carryout: Carryout
beforeAll(async () => {
  aws = await startFakeAws()
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  carryout = createCarryout(PARTS, { endpoint: aws.endpoint, region: 'us-east-1', credentials })
})
afterAll(() => aws.close())
beforeEach(() => printed.splice(0))

const wait = (redriveCount = 0) => waitFor(carryout, 'r', { json: undefined, redriveCount }, terminal)

test.each([
  ['ExecutionSucceeded', {}, 0, 'Succeeded'],
  ['ExecutionFailed', { executionFailedEventDetails: { error: 'QueryFailed', cause: 'No such table.' } }, 1, 'Failed'],
  ['ExecutionTimedOut', { executionTimedOutEventDetails: {} }, 1, 'Timed out'],
  ['ExecutionAborted', { executionAbortedEventDetails: { error: 'Stopped' } }, 1, 'Stopped'],
])('waiting ends with %s, and returns its exit code', async (type, details, code, word) => {
  givenHistories([started(), { type, ...details }])
  expect(await wait()).toBe(code)
  expect(printed[0]).toMatch(new RegExp(`^${word}`))
})

test('after a redrive the previous failure is ignored, however long it remains visible', async () => {
  const failed = [started(), { type: 'ExecutionFailed', executionFailedEventDetails: { error: 'QueryFailed' } }]
  const redriven = { type: 'ExecutionRedriven', executionRedrivenEventDetails: { redriveCount: 1 } }
  givenHistories(failed, failed, [...failed, redriven], [...failed, redriven, { type: 'ExecutionSucceeded' }])
  expect(await wait(1)).toBe(0)
  expect(printed[0]).toMatch(/^Succeeded/)
})

function started() {
  return { type: 'ExecutionStarted', executionStartedEventDetails: { input: '{}' } }
}

/** Returns one history per call; the last one is returned again. */
function givenHistories(...histories: object[][]) {
  let at = 0
  aws.answers.GetExecutionHistory = () => {
    const events = histories[Math.min(at++, histories.length - 1)]!
    return {
      events: events.map((event, index) => ({ id: index + 1, timestamp: 1_800_000_000 + index, ...event })).reverse(),
    }
  }
}
