/** What becomes of the Data API's errors, without one. */
import {
  asFailure,
  isPassing,
  isTimeout,
  isTooLarge,
  isTransactionLost,
  serverFailureOf,
  toDataApiError,
} from '../../../../engine/sources/data-api/failure.ts'
import { DatabaseUnavailable, ExportTooLong, QueryFailed } from '../../../../statemachine/errors.ts'

const failure = (name: string, message = 'words') => Object.assign(new Error(message), { name })

test.each([
  ['Database returned more than the allowed response size limit', 'BadRequestException', true],
  ['Database response exceeded size limit', 'UnsupportedResultException', true],
  ['Packet for query is too large (70000 > 65536)', 'DatabaseErrorException', true],
  ['The size is unsupported', 'UnsupportedResultException', true],
  ['The result is large', 'UnsupportedResultException', true],
  ['The type is unsupported', 'UnsupportedResultException', false],
  ['The size is unsupported', 'BadRequestException', false],
])('whether a result is too large: %s (%s): %p', (message, name, expected) => {
  expect(isTooLarge(failure(name, message))).toBe(expected)
})

test.each([
  ['TransactionNotFoundException', 'words', true],
  ['BadRequestException', 'Transaction AbC is not found', true],
  ['BadRequestException', 'Transaction AbC isn’t found', true],
  ['BadRequestException', 'Transaction is expired', true],
  ['BadRequestException', 'Transaction AbC is open', false],
])('whether a transaction is lost: %s, %s: %p', (name, message, expected) => {
  expect(isTransactionLost(failure(name, message))).toBe(expected)
})

test('a statement’s timeout is known by its name', () => {
  expect(isTimeout(failure('StatementTimeoutException'))).toBe(true)
  expect(isTimeout(failure('BadRequestException', 'timeout'))).toBe(false)
})

test.each([
  ['DatabaseResumingException', 'words', true],
  ['BadRequestException', 'The Aurora DB instance is resuming after being auto-paused', true],
  ['ThrottlingException', 'words', true],
  ['TooManyRequestsException', 'words', true],
  ['ServiceUnavailableError', 'words', true],
  ['InternalServerErrorException', 'words', true],
  ['DatabaseUnavailableException', 'words', true],
  ['BadRequestException', 'Transaction is still running a query', true],
  ['BadRequestException', 'Communications link failure', true],
  ['BadRequestException', 'no', false],
])('whether an error passes: %s, %s: %p', (name, message, expected) => {
  expect(isPassing(failure(name, message))).toBe(expected)
})

test.each([
  [500, true],
  [499, false],
  [undefined, false],
])('an unknown error passes if it has a server’s status: %p: %p', (httpStatusCode, expected) => {
  expect(isPassing(Object.assign(failure('Unknown'), { $metadata: { httpStatusCode } }))).toBe(expected)
})

test('what is thrown need not be an error', () => {
  expect(asFailure('words')).toEqual({ name: 'string', message: 'words' })
  expect(asFailure(undefined)).toEqual({ name: 'undefined', message: 'undefined' })
})

test('the server’s own error is found in either version’s message', () => {
  expect(serverFailureOf(failure('', 'No such table; Error code: 1146; SQLState: 42S02'))).toEqual({
    ...{ message: 'No such table', errno: 1146, sqlState: '42S02' },
  })
  expect(serverFailureOf(failure('', 'Database error code: 1146. Message: No such table'))).toEqual({
    ...{ message: 'No such table', errno: 1146 },
  })
  expect(serverFailureOf(failure('', 'No such table'))).toBeNull()
})

describe('an error of the Data API', () => {
  it('is the server’s if the server sent it', () => {
    const error = toDataApiError(
      failure('DatabaseErrorException', "Table 'a' doesn't exist; Error code: 1146; SQLState: 42S02"),
    )
    expect(error).toBeInstanceOf(QueryFailed)
    expect(error.message).toBe("The database refused the query (error 1146, SQLSTATE 42S02): Table 'a' doesn't exist")
  })

  it.each([1044, 1045, 1129, 1130, 1251, 1698])('is not the query’s fault if the log-in failed: %i', (number) => {
    const cause = failure('DatabaseErrorException', `Denied; Error code: ${number}; SQLState: 28000`)
    const error = toDataApiError(cause)
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect([error.message, error.cause]).toEqual([expect.stringContaining(`cannot log in (error ${number})`), cause])
  })

  it.each(['DatabaseErrorException', 'BadRequestException', 'UnsupportedResultException'])(
    'is the query’s fault if it is refused, without what it quotes: %s',
    (name) => {
      const error = toDataApiError(failure(name, "No column 'secret'"))
      expect(error).toBeInstanceOf(QueryFailed)
      expect(error.message).toBe(`The Data API refused the query (${name}): No column (a value)`)
      expect(toDataApiError(failure(name, 'Communications link failure'))).toBeInstanceOf(DatabaseUnavailable)
      expect(toDataApiError(failure(name, 'Transaction is expired'))).toBeInstanceOf(DatabaseUnavailable)
    },
  )

  it.each([
    ['AccessDeniedException', /denied access \(AccessDeniedException\): words/],
    ['ForbiddenException', /denied access/],
    ['InvalidSecretException', /denied access/],
    ['ThrottlingException', /is not available \(ThrottlingException\): words/],
    ['TypeError', /is not available/],
  ])('is otherwise no fault of the query: %s', (name, told) => {
    const cause = failure(name)
    const error = toDataApiError(cause)
    expect(error).toBeInstanceOf(DatabaseUnavailable)
    expect(error.message).toMatch(told)
    expect(error.cause).toBe(cause)
  })

  it('quotes no value of the statement', () => {
    const message = "In 'secret', and 'secret' again; 7"
    expect(toDataApiError(failure('ThrottlingException', message), ['secret', 7, null]).message).toContain(
      'In (a value), and (a value) again; 7',
    )
  })

  it('is left as it is if it is one of ours', () => {
    const ours = new ExportTooLong('words')
    expect(toDataApiError(ours)).toBe(ours)
  })
})
