import type { Parts } from '../../client/parts.ts'
import { setDelivery } from '../../client/pause.ts'
import { type Asked, answering, Refusal } from '../support/answering.ts'
import { skipPauses } from '../support/pauses.ts'

const PARTS: Parts = {
  ...{ queueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/Requests.fifo', bucket: 'files' },
  stateMachineArn: 'arn:aws-cn:states:cn-north-1:123456789012:stateMachine:Download',
}

let skipped: ReturnType<typeof skipPauses>
beforeEach(() => {
  skipped = skipPauses()
})
afterEach(() => skipped.restore())
const pausedSeconds = () => skipped.pauses.reduce((sum, millis) => sum + millis, 0) / 1000

/** @param refuse throws if a change is refused */
function given(states: (string | undefined)[], refuse: (attempt: number) => void = () => {}) {
  const asked: Asked[] = []
  let attempts = 0
  let pages = 0
  const { options, state } = answering((one) => {
    asked.push(one)
    if (one.operation.startsWith('PUT')) {
      // Far more than a change should be tried.
      if (++attempts < 500) refuse(attempts)
      return {}
    }
    const at = pages++
    // Pages of one; the last has none.
    if (at === states.length) return {}
    return { EventSourceMappings: [{ UUID: `uuid-${at}`, State: states[at] }], NextMarker: String(at + 1) }
  })
  const changes = () => asked.filter(({ operation }) => operation.startsWith('PUT')).map(({ fields }) => fields)
  return { set: (isEnabled: boolean) => setDelivery(PARTS, isEnabled, options), asked, changes, state }
}

const refusal = (name: string) => new Refusal(name, 'It is being changed.', 'json')

test.each([
  [true, ['Disabled', 'Disabling', undefined], ['Enabled', 'Enabling']],
  [false, ['Enabled', 'Enabling', undefined], ['Disabled', 'Disabling']],
])('delivery is set to %j for each mapping that is not set already', async (isEnabled, others, already) => {
  const { set, asked, changes, state } = given([...already, ...others])
  expect(await set(isEnabled)).toBe(5)
  expect(changes().map((fields) => JSON.parse(fields))).toEqual(others.map(() => ({ Enabled: isEnabled })))
  const paths = asked.filter(({ operation }) => operation.startsWith('PUT')).map(({ operation }) => operation)
  expect(paths.map((path) => path.at(-1))).toEqual(['2', '3', '4'])
  expect(pausedSeconds()).toBe(0)
  expect(state.closed).toBe(1)
})

test('the mappings are those of the queue, in the partition, region and account of the state machine', async () => {
  const urls: string[] = []
  const { options } = answering(({ operation }) => {
    urls.push(operation)
    return {}
  })
  const handler = options as unknown as { requestHandler: { handle(request: { query: object }): Promise<object> } }
  const { handle } = handler.requestHandler
  const queries: object[] = []
  handler.requestHandler.handle = (request) => {
    queries.push(request.query)
    return handle(request)
  }
  expect(await setDelivery(PARTS, true, options)).toBe(0)
  expect(queries).toMatchObject([{ EventSourceArn: 'arn:aws-cn:sqs:cn-north-1:123456789012:Requests.fifo' }])
})

test('a change waits while the last one is in progress, for about a minute', async () => {
  const busy = given(['Enabled'], (attempt) => {
    if (attempt <= 30) throw refusal('ResourceInUseException')
  })
  expect(await busy.set(false)).toBe(1)
  expect(busy.changes()).toHaveLength(31)
  expect(pausedSeconds()).toBeGreaterThanOrEqual(15)
  skipped.pauses.length = 0
  const stuck = given(['Enabled'], (attempt) => {
    throw refusal(attempt < 100 ? 'ResourceInUseException' : 'NeverGivenUp')
  })
  await expect(stuck.set(false)).rejects.toMatchObject({ name: 'ResourceInUseException' })
  expect(pausedSeconds()).toBeGreaterThan(50)
  expect(pausedSeconds()).toBeLessThan(70)
  expect(stuck.state.closed).toBe(1)
})

test('any other refusal is passed on at once', async () => {
  const { set, changes } = given(['Enabled'], () => {
    throw refusal('AccessDeniedException')
  })
  await expect(set(false)).rejects.toThrow('It is being changed.')
  expect(changes()).toHaveLength(1)
})
