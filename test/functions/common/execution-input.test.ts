import type { SQSRecord } from 'aws-lambda'
import { toExecution, unusable } from '../../../functions/common/execution-input.ts'
import { MAX_REQUEST_BYTES } from '../../../statemachine/limits.ts'

const messageId = '11111111-2222-3333-4444-555555555555'

describe('a message becomes an execution', () => {
  test('named after the request’s id, with the body unchanged', () => {
    const body = '{ "id": "orders-1", "export": "orders" }'
    expect(toExecution(givenMessage(body))).toEqual({ name: 'orders-1', input: body })
  })

  test.each(['spaces here', '', 'ü', 'a'.repeat(81), 'a/b', 7, null])(
    'named after the message’s id if the id %j cannot be an execution’s name, still with the body',
    (id) => {
      const body = JSON.stringify({ id, export: 'orders' })
      expect(toExecution(givenMessage(body))).toEqual({ name: messageId, input: body })
    },
  )

  test.each(['not JSON', '', '"text"', '[1]', 'null', '{"id":'])(
    'that shows the message when the body is %j',
    (body) => {
      const execution = toExecution(givenMessage(body))
      expect(execution.name).toBe(messageId)
      expect(JSON.parse(execution.input)).toEqual({ message: body, problem: 'The message is not a JSON object.' })
    },
  )

  test('that shows the beginning of a body that exceeds an execution’s input', () => {
    const requestedBy = 'hanako@example.com'
    const body = JSON.stringify({ id: 'large', requestedBy, language: 'ja', params: { note: 'あ'.repeat(100_000) } })
    const execution = toExecution(givenMessage(body))
    expect(execution.name).toBe(messageId)
    expect(Buffer.byteLength(execution.input)).toBeLessThan(10_000)
    // The requester is still notified.
    expect(JSON.parse(execution.input)).toMatchObject({
      problem: expect.stringMatching(/^The message has 300\d\d\d bytes; a request has at most 163840/),
      requestedBy,
      language: 'ja',
    })
  })

  test.each([
    ['as it is written', (bytes: number) => `{"id":"a","b":"${'x'.repeat(bytes - 17)}"}`],
    [
      'as it is read',
      (bytes: number) =>
        `{"id":"a","b":[${Array((bytes - 17) / 22)
          .fill('1e20')
          .join(',')}]}`,
    ],
  ])('unchanged up to the size of the largest request: by its bytes %s', (_, bodyOf) => {
    const most = MAX_REQUEST_BYTES - (MAX_REQUEST_BYTES % 22) - 5
    expect(toExecution(givenMessage(bodyOf(most))).name).toBe('a')
    expect(toExecution(givenMessage(bodyOf(most + 44))).name).toBe(messageId)
  })

  test('unchanged at exactly the size of the largest request', () => {
    const bodyOf = (bytes: number) => `{"id":"a","b":"${'x'.repeat(bytes - 17)}"}`
    expect(bodyOf(MAX_REQUEST_BYTES)).toHaveLength(MAX_REQUEST_BYTES)
    expect(toExecution(givenMessage(bodyOf(MAX_REQUEST_BYTES))).name).toBe('a')
    expect(toExecution(givenMessage(bodyOf(MAX_REQUEST_BYTES + 1))).name).toBe(messageId)
  })

  test('that notifies any address that mail allows, and none that is longer', () => {
    const notified = (characters: number) => {
      const requestedBy = 'a'.repeat(characters)
      return JSON.parse(unusable(givenMessage('{}'), 'No.', { requestedBy }).input).requestedBy?.length
    }
    expect([notified(254), notified(255)]).toEqual([254, undefined])
  })

  test('that is named after the schedule and the time when a schedule sent it', () => {
    const message = { schedule: 'daily', export: 'orders', scheduledAt: '2026-11-30T06:00:00Z', requestedBy: 'a@b.c' }
    const id = 'orders_daily_20261130T060000Z'
    const { name, input } = toExecution(givenMessage(JSON.stringify(message)))
    expect({ name, input: JSON.parse(input) }).toEqual({ name: id, input: { ...message, id } })
    expect(toExecution(givenMessage(JSON.stringify({ ...message, id: 'again-1' }))).name).toBe('again-1')
  })

  test('unchanged however many values are beside each other', () => {
    const body = JSON.stringify({ id: 'wide', params: { lists: Array(100).fill([]), objects: Array(100).fill({}) } })
    expect(toExecution(givenMessage(body))).toEqual({ name: 'wide', input: body })
  })

  test('that refuses a body nested too deeply for the state machine’s expressions', () => {
    const nested = (levels: number) => `{"id":"deep","params":${'['.repeat(levels)}"]}"${']'.repeat(levels)}}`
    expect(toExecution(givenMessage(nested(63)))).toEqual({ name: 'deep', input: nested(63) })
    for (const levels of [64, 20_000]) {
      expect(JSON.parse(toExecution(givenMessage(nested(levels))).input).problem).toBe(
        'The message is nested too deeply; a request has at most 64 levels.',
      )
    }
  })

  test('of its own if its id belongs to another request', () => {
    const refused = unusable(givenMessage('{"id":"orders-1"}'), 'The id is taken.')
    expect(refused.name).toBe(messageId)
    expect(JSON.parse(refused.input)).toEqual({ message: '{"id":"orders-1"}', problem: 'The id is taken.' })
  })
})

function givenMessage(body: string): SQSRecord {
  return { messageId, body } as SQSRecord
}
