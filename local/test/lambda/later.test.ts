import { setTimeout as sleep } from 'node:timers/promises'
import { createLambda } from '../../src/lambda/lambda.ts'
import { openStore } from '../../src/store.ts'
import { type Bench, bench } from './bundle.ts'

/** Notes each attempt, and fails as often as the event says. */
const FLAKY = `
let attempts = 0
export const handler = async ({ failures }) => {
  console.log('attempt ' + ++attempts)
  if (attempts <= failures) throw new Error('no. ' + attempts)
}`
const sent: { arn: string; body: string; attributes: Record<string, string> }[] = []
const sendFailure = (arn: string, body: string, attributes: Record<string, string>) =>
  void sent.push({ arn, body, attributes })
const attempts = (at: Bench) => at.messages().filter((message) => message.includes('attempt '))
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:dead'
beforeEach(() => {
  sent.length = 0
})

test('an event that fails twice is attempted three times and then dropped', async () => {
  await using at = bench({ sendFailure })
  const name = at.given(FLAKY, { deadLetterArn: QUEUE })
  at.lambda.invokeLater(name, '{"failures":2}', 'r1')
  await until(() => at.lambda.pendingEvents() === 0)
  expect(attempts(at)).toHaveLength(3)
  expect(sent).toEqual([])
})

test('an event that always fails moves unchanged to the dead-letter queue, with the error', async () => {
  await using at = bench({ sendFailure })
  const name = at.given(FLAKY, { deadLetterArn: QUEUE })
  at.lambda.invokeLater(name, '{"failures":9}', 'r1')
  await until(() => at.lambda.pendingEvents() === 0)
  expect(attempts(at)).toHaveLength(3)
  expect(sent).toEqual([
    { arn: QUEUE, body: '{"failures":9}', attributes: { RequestID: 'r1', ErrorCode: '200', ErrorMessage: 'no. 3' } },
  ])
})

test('a failure destination gets the event with the function’s answer, after the attempts that are configured', async () => {
  await using at = bench({ sendFailure })
  const name = at.given(FLAKY)
  at.lambda.configureEvents(name, { maximumRetryAttempts: 0, onFailureArn: QUEUE })
  at.lambda.invokeLater(name, '{"failures":9}', 'r1')
  await until(() => at.lambda.pendingEvents() === 0)
  expect(attempts(at)).toHaveLength(1)
  expect(JSON.parse(sent[0]?.body as string)).toMatchObject({
    requestContext: { requestId: 'r1', condition: 'RetriesExhausted', approximateInvokeCount: 1 },
    requestPayload: { failures: 9 },
    responsePayload: { errorMessage: 'no. 1' },
  })
})

test('an event outlives the process that took it', async () => {
  await using at = bench()
  const name = at.given(FLAKY)
  const store = openStore(at.directory)
  const options = { region: 'us-east-1', accountId: '0', endpointUrl: 'http://127.0.0.1:1', logs: at.logs, store }
  // The first one dies between two attempts, a minute apart.
  const first = createLambda(options)
  first.createFunction(at.lambda.getFunction(name))
  first.invokeLater(name, '{"failures":1}', 'r1')
  await until(() => attempts(at).length === 1)
  await until(() => (store.prepare('SELECT failures FROM lambda_events').get() as { failures: number }).failures === 1)
  await first.stop()
  const second = createLambda({ ...options, delayScale: 0.001 })
  second.createFunction(at.lambda.getFunction(name))
  second.invokeLater(name, '{"failures":0}', 'r2')
  second.resume()
  await until(() => second.pendingEvents() === 0)
  await second.stop()
  store.close()
})

async function until(condition: () => boolean) {
  while (!condition()) await sleep(5)
}
