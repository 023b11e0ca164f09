import fc from 'fast-check'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { isRequestId, parseRequest, readRequest } from '../../statemachine/request.ts'

const request = { id: 'click-1', export: 'orders', params: { from: '2026-01-01' }, requestedBy: 'hanako@example.com' }

test('a request without parameters has none', () => {
  const { params: _, ...bare } = request
  expect(parseRequest(bare)).toEqual({ ...request, params: {} })
})

test('an undefined field is not part of a request', () => {
  expect(Object.keys(parseRequest({ ...request, format: undefined }))).toEqual(Object.keys(request))
})

test('every invalid field is named, and no value is repeated', () => {
  const wrong = { ...request, id: 'a b', requestedBy: 'secret', format: 'pdf', paramz: 1, params: [] }
  expect(() => parseRequest(wrong)).toThrow(
    new InvalidRequest(
      'The request is not valid: id is wrong: it must be 1 to 80 characters of A-Z a-z 0-9 - _ (it becomes the execution’s name); ' +
        'params is wrong: it must be an object; requestedBy is wrong: it must be an e-mail address of at most 254 characters; ' +
        'format is wrong: it must be one of csv, tsv, jsonl, xlsx, parquet; paramz is not known; did you mean params?',
    ),
  )
})

test.each(['hanako@example.com', "o'neil+tag@mail.example.co.jp", 'a_b-c.d@x-y.museum'])(
  '%s is an address',
  (address) => {
    expect(readRequest({ ...request, requestedBy: address })?.requestedBy).toBe(address)
  },
)

test.each([
  'hanako',
  'a@b',
  '.a@example.com',
  'a..b@example.com',
  'a.@example.com',
  'a@-x.com',
  'a b@example.com',
  'a@x.c',
  '',
])('“%s” is not an address', (address) => {
  expect(readRequest({ ...request, requestedBy: address })).toBeUndefined()
})

test('an address of any length is checked quickly', () => {
  const long = `${'a.'.repeat(100_000)}@${'b-'.repeat(100_000)}`
  const { user: before } = process.threadCpuUsage()
  expect(readRequest({ ...request, requestedBy: long })).toBeUndefined()
  // Microseconds of the processor, whatever else it does.
  expect(process.threadCpuUsage().user - before).toBeLessThan(200_000)
})

test('any JSON value is either a request or refused by InvalidRequest', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(fc.constantFrom(...Object.keys(request), 'x'), fc.jsonValue()), fc.object()),
      (value) => {
        try {
          expect(isRequestId(parseRequest(value).id)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidRequest)
          expect(readRequest(value)).toBeUndefined()
        }
      },
    ),
  )
})

test.each([null, undefined, 'text', 1, []])('%j is not a request', (value) => {
  expect(readRequest(value)).toBeUndefined()
})
