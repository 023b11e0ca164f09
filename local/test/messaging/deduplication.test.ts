import { DatabaseSync } from 'node:sqlite'
import { lastingDeduplication } from '../../src/messaging/deduplication.ts'

const MINUTE = 60_000
let now = 0

test('a deduplication id is known for five minutes, for its queue only', () => {
  const deduplication = lastingDeduplication(new DatabaseSync(':memory:'), () => now)
  deduplication.note(queue('jobs.fifo'), message('one', 'a'))
  now = 5 * MINUTE - 1
  expect(deduplication.of('jobs.fifo').get('a')).toEqual({ messageId: 'one', sequenceNumber: '1' })
  expect(deduplication.of('other.fifo').get('a')).toBeUndefined()
  now = 5 * MINUTE
  expect(deduplication.of('jobs.fifo').get('a')).toBeUndefined()
})

test('an expired id is deleted and can be used again', () => {
  now = 0
  const store = new DatabaseSync(':memory:')
  const deduplication = lastingDeduplication(store, () => now)
  for (const id of ['a', 'b', 'c']) deduplication.note(queue('jobs.fifo'), message(`first ${id}`, id))
  now = 6 * MINUTE
  deduplication.note(queue('jobs.fifo'), message('second a', 'a'))
  expect(deduplication.of('jobs.fifo').get('a')).toMatchObject({ messageId: 'second a' })
  expect(store.prepare('SELECT count(*) AS n FROM sqs_deduplication').get()).toEqual({ n: 1 })
})

test('within the five minutes the first message keeps the id', () => {
  now = 0
  const deduplication = lastingDeduplication(new DatabaseSync(':memory:'), () => now)
  deduplication.note(queue('jobs.fifo'), message('first', 'a'))
  deduplication.note(queue('jobs.fifo'), message('redriven', 'a'))
  expect(deduplication.of('jobs.fifo').get('a')).toMatchObject({ messageId: 'first' })
})

const queue = (name: string) => ({ name, attributes: {} })

function message(messageId: string, messageDeduplicationId: string) {
  return {
    messageId,
    messageDeduplicationId,
    sequenceNumber: '1',
    body: 'x',
    md5OfBody: '',
    messageAttributes: {},
    md5OfMessageAttributes: '',
    sentTimestamp: now,
    approximateReceiveCount: 0,
  }
}
