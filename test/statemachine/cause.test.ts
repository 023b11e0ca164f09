import { errorName, originalError, readCause, thrownName } from '../../statemachine/cause.ts'

test.each([
  [undefined, 'AWS gave no cause.'],
  ['', 'AWS gave no cause.'],
  [
    '{"errorType":"QueryFailed","errorMessage":"The table orders does not exist.","trace":[]}',
    'The table orders does not exist.',
  ],
  ['{"errorType":"QueryFailed","errorMessage":""}', '{"errorType":"QueryFailed","errorMessage":""}'],
  ['Rate Exceeded.', 'Rate Exceeded.'],
])('of the cause %j the sentence is shown', (cause, sentence) => {
  expect(readCause(cause)).toBe(sentence)
})

test('Halt throws no name that AWS reserves', () => {
  expect(thrownName('States.Timeout')).toBe('Timeout')
  expect(thrownName('QueryFailed')).toBe('QueryFailed')
})

test('an error that Halt threw has its original name; a cause that quotes another error changes none', () => {
  const cause = 'ExportChunk: States.Timeout: The chunk took longer than 900 s.'
  expect(originalError('Timeout', cause)).toBe('States.Timeout')
  expect(originalError('QueryFailed', cause)).toBe('QueryFailed')
  expect(originalError('Timeout', undefined)).toBe('Timeout')
})

test('an execution that ended without an error has a name for it', () => {
  expect(errorName({ status: 'ABORTED' })).toBe('Aborted')
  expect(errorName({ status: 'TIMED_OUT', error: null })).toBe('States.Timeout')
  expect(errorName({ status: 'FAILED' })).toBe('FAILED')
  expect(errorName({ status: 'FAILED', error: 'QueryFailed', cause: null })).toBe('QueryFailed')
})

test('an execution that Halt ended has the original name of its error', () => {
  const cause = 'ExportChunk: States.Timeout: The chunk took longer than 900 s.'
  expect(errorName({ status: 'FAILED', error: 'Timeout', cause })).toBe('States.Timeout')
})
