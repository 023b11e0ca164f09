import type { SQSRecord } from 'aws-lambda'
import { toExecution, unusable } from '../../../functions/common/execution-input.ts'

const messageId = '11111111-2222-3333-4444-555555555555'

describe('a message becomes an execution', () => {
  test('named by the request’s id, with the body as it came', () => {
    const body = '{ "id": "orders-1", "export": "orders" }'
    expect(toExecution(givenMessage(body))).toEqual({ name: 'orders-1', input: body })
  })

  test.each(['spaces here', '', 'ü', 'a'.repeat(81), 'a/b', 7, null])(
    'named by the message’s id when the id %j can be no execution’s name, still with the body',
    (id) => {
      const body = JSON.stringify({ id, export: 'orders' })
      expect(toExecution(givenMessage(body))).toEqual({ name: messageId, input: body })
    },
  )

  test.each(['not JSON', '', '"text"', '[1]', 'null', '{"id":'])('that says what came when the body is %j', (body) => {
    const execution = toExecution(givenMessage(body))
    expect(execution.name).toBe(messageId)
    expect(JSON.parse(execution.input)).toEqual({ message: body, problem: 'The message is not a JSON object.' })
  })

  test('that shows the beginning of a body too large for an execution’s input', () => {
    const body = JSON.stringify({ id: 'large', export: 'orders', params: { note: 'あ'.repeat(100_000) } })
    const execution = toExecution(givenMessage(body))
    expect(execution.name).toBe(messageId)
    expect(Buffer.byteLength(execution.input)).toBeLessThan(256 * 1024)
    expect(JSON.parse(execution.input).problem).toMatch(/^The message has 3000\d\d bytes; a request has at most 262144/)
  })

  test('that refuses what is nested too deeply for the state machine’s expressions', () => {
    const nested = (levels: number) => `{"id":"deep","params":${'['.repeat(levels)}"]}"${']'.repeat(levels)}}`
    expect(toExecution(givenMessage(nested(63)))).toEqual({ name: 'deep', input: nested(63) })
    expect(JSON.parse(toExecution(givenMessage(nested(64))).input).problem).toBe(
      'The message is nested too deeply; a request has at most 64 levels.',
    )
  })

  test('of its own when its id belongs to another request', () => {
    const refused = unusable(givenMessage('{"id":"orders-1"}'), 'The id is taken.')
    expect(refused.name).toBe(messageId)
    expect(JSON.parse(refused.input)).toEqual({ message: '{"id":"orders-1"}', problem: 'The id is taken.' })
  })
})

function givenMessage(body: string): SQSRecord {
  return { messageId, body } as SQSRecord
}
