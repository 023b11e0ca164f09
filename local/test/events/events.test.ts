import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { createEvents, type Events, type Rule, type Target } from '../../src/events/events.ts'
import { type Gateway, startGateway } from '../../src/gateway.ts'
import { clientConfig } from '../messaging/support.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:tell'
let gateway: Gateway
let client: EventBridgeClient
let events: Events
let tellOfExecution: (arn: string, event: { type: string }) => void
let described: object
let delivered: { target: Target; event: string; rule: Rule }[]
beforeEach(async () => {
  delivered = []
  described = { status: 'FAILED', startDate: 1.5, redriveCount: 0 }
  events = createEvents({
    region: 'us-east-1',
    accountId: '000000000000',
    states: {
      onEvent(listener) {
        tellOfExecution = listener as typeof tellOfExecution
        return () => undefined
      },
      describeExecution: (executionArn) => ({ executionArn, ...described }),
    },
    deliver: (target, event, rule) => void delivered.push({ target, event, rule }),
  })
  gateway = await startGateway({ port: 0 })
  gateway.services.set('events', events.handler)
  client = new EventBridgeClient(clientConfig(gateway.endpointUrl))
})
afterEach(async () => {
  client.destroy()
  await gateway.stop()
})

test('an event reaches the targets of the rules that match it, on its bus', async () => {
  events.createBus('shop')
  given('ready', { source: ['carryout'], detail: { outcome: ['ready'] } })
  given('other-bus', { source: ['carryout'] }, { bus: 'shop' })
  given('constant', { source: ['carryout'] }, { targets: [{ arn: FUNCTION, input: '{"constant":1}' }] })
  const entry = (outcome: string, rest = {}) => ({
    Source: 'carryout',
    DetailType: 'carryout.download',
    Detail: JSON.stringify({ outcome }),
    ...rest,
  })
  const { FailedEntryCount, Entries } = await client.send(
    new PutEventsCommand({ Entries: [entry('ready'), entry('failed', { EventBusName: 'shop' })] }),
  )
  expect([FailedEntryCount, Entries?.length]).toEqual([0, 2])
  expect(delivered.map(({ rule }) => rule.name)).toEqual(['ready', 'constant', 'other-bus'])
  expect(JSON.parse(delivered[0]?.event as string)).toMatchObject({
    id: Entries?.[0]?.EventId,
    'detail-type': 'carryout.download',
    account: '000000000000',
    detail: { outcome: 'ready' },
  })
  expect(delivered[1]?.event).toBe('{"constant":1}')
})

test('invalid entries are refused one by one', async () => {
  const Entries = [
    { Source: 'carryout', DetailType: 'x', Detail: '{}' },
    { Source: 'aws.states', DetailType: 'x', Detail: '{}' },
    { Source: 'carryout', DetailType: 'x', Detail: '[1]' },
    { Source: 'carryout', DetailType: 'x', Detail: JSON.stringify({ x: 'x'.repeat(262_144) }) },
    { Source: 'carryout', DetailType: 'x', Detail: '{}', EventBusName: 'nowhere' },
    { Source: 'carryout', Detail: '{}' },
  ]
  const put = await client.send(new PutEventsCommand({ Entries }))
  expect(put.FailedEntryCount).toBe(5)
  expect(put.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
    undefined,
    'NotAuthorizedForSourceException',
    'MalformedDetail',
    'InvalidArgument',
    'ResourceNotFoundException',
    'InvalidArgument',
  ])
})

test('a change of an execution’s status is an event', () => {
  given('failed', { source: ['aws.states'], detail: { status: ['FAILED'] } })
  tellOfExecution('arn:execution', { type: 'TaskScheduled' })
  tellOfExecution('arn:execution', { type: 'ExecutionFailed' })
  expect(delivered).toHaveLength(1)
  expect(JSON.parse(delivered[0]?.event as string)).toMatchObject({
    'detail-type': 'Step Functions Execution Status Change',
    resources: ['arn:execution'],
    detail: { executionArn: 'arn:execution', startDate: 1500, stopDate: null, error: null },
  })
})

test.each([
  // A quote takes two bytes of an event's text.
  ['neither left out', '"'.repeat(60_000), '"'.repeat(60_000), true, true],
  ['no input', '"'.repeat(70_000), '"'.repeat(60_000), false, true],
  ['neither of them', '', '"'.repeat(130_000), false, false],
])('an event omits execution data that exceed its limit: %s', (_, input, output, hasInput, hasOutput) => {
  given('all', { source: ['aws.states'] })
  described = { status: 'SUCCEEDED', startDate: 1, input, output }
  tellOfExecution('arn:execution', { type: 'ExecutionSucceeded' })
  const { detail } = JSON.parse(delivered[0]?.event as string)
  expect([detail.input, detail.output]).toEqual([hasInput ? input : null, hasOutput ? output : null])
})

function given(name: string, pattern: Rule['pattern'], rest: Partial<Rule> = {}) {
  events.putRule({ name, bus: 'default', pattern, targets: [{ arn: FUNCTION }], ...rest })
}
