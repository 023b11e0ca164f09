import { isBulkName, readReplay } from '../../statemachine/bulk-replay.ts'

const message = { replay: 'orders-1', redriveCount: 0, bulk: 'repair' }

test('a message of a bulk replay is read without other fields', () => {
  expect(readReplay({ ...message, other: 7 })).toEqual(message)
})

test.each([
  ...[null, undefined, 'text', {}],
  ...[
    { ...message, replay: 'a b' },
    { ...message, bulk: 'a b' },
    { ...message, redriveCount: 0.5 },
  ],
  ...[
    { ...message, replay: undefined, redriveCount: '0' },
    { ...message, bulk: 7, redriveCount: null },
  ],
])('%j is not a message of a bulk replay', (value) => {
  expect(readReplay(value)).toBeUndefined()
})

test('a name has 1 to 60 characters', () => {
  expect(['x', 'x'.repeat(60)].map(isBulkName)).toEqual([true, true])
  expect(['', 'x'.repeat(61), 'a b', 7, null].map(isBulkName)).toEqual([false, false, false, false, false])
})
