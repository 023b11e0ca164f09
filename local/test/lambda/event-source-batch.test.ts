import { batchOutcome } from '../../src/lambda/event-source-batch.ts'

const BATCH = ['a', 'b', 'c'].map((MessageId) => ({ MessageId }))

describe('a function’s answer about a batch', () => {
  test.each([
    ['null', 'null'],
    ['an empty text', '""'],
    ['an empty object', '{}'],
    ['null for a list', '{"batchItemFailures":null}'],
    ['an empty list', '{"batchItemFailures":[]}'],
  ])('is success for all when it is %s', (_what, payload) => {
    expect(done(payload, false)).toEqual(['a', 'b', 'c'])
    expect(done(payload, true)).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['an empty identifier', '{"batchItemFailures":[{"itemIdentifier":""}]}'],
    ['null for an identifier', '{"batchItemFailures":[{"itemIdentifier":null}]}'],
    ['a misspelt key', '{"batchItemFailures":[{"messageId":"a"}]}'],
    ['null for an entry', '{"batchItemFailures":[null]}'],
    ['a message that is not in the batch', '{"batchItemFailures":[{"itemIdentifier":"x"}]}'],
    ['a text instead of the list', '{"batchItemFailures":"all"}'],
    ['no object', '"done"'],
    ['a list', '[]'],
  ])('is failure for all when it has %s', (_what, payload) => {
    expect(done(payload, false)).toEqual([])
  })

  test('keeps the named messages of a standard queue', () => {
    expect(done('{"batchItemFailures":[{"itemIdentifier":"b"}]}', false)).toEqual(['a', 'c'])
  })

  test('also keeps a FIFO queue’s messages after the first failure, in whatever order the failures are named', () => {
    expect(done('{"batchItemFailures":[{"itemIdentifier":"b"}]}', true)).toEqual(['a'])
    expect(done('{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"b"}]}', true)).toEqual(['a'])
  })
})

function done(payload: string, fifo: boolean) {
  return batchOutcome(BATCH, payload, fifo).succeeded.map(({ MessageId }) => MessageId)
}
