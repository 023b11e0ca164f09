import fc from 'fast-check'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { MAX_REQUEST_BYTES, requestBytes } from '../../statemachine/limits.ts'
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

test('one invalid field is enough, and a request with every valid field is unchanged', () => {
  expect(() => parseRequest({ ...request, format: 'pdf' })).toThrow('format is wrong: it must be one of csv')
  const optional = { format: 'csv', compression: 'gzip', encoding: 'cp932', language: 'ja', timeZone: 'Asia/Tokyo' }
  expect(parseRequest({ ...request, ...optional })).toEqual({ ...request, ...optional })
})

test.each([
  ['id', 'x', 80],
  ['export', 'x', 100],
  ['requestedBy', 'a@example.', 254],
])('the field %s has at most as many characters as it says', (field, beginning, most) => {
  const withLength = (length: number) => ({ ...request, [field]: beginning.padEnd(length, 'x') })
  expect(readRequest(withLength(most))).toEqual(withLength(most))
  expect(readRequest(withLength(most + 1))).toBeUndefined()
})

test('an export’s name has at least one character', () => {
  expect(readRequest({ ...request, export: 'x' })?.export).toBe('x')
  expect(readRequest({ ...request, export: '' })).toBeUndefined()
})

test.each(['Tokyo', '', 7, null])('%j is not a time zone', (timeZone) => {
  expect(() => parseRequest({ ...request, timeZone })).toThrow('timeZone is wrong: it must be the name of a time zone')
})

test('a request with half a character is refused', () => {
  const half = { ...request, params: { note: '\ud83d' } }
  expect(() => parseRequest(half)).toThrow('params.note has an unpaired surrogate, which is not a character')
  expect(readRequest(half)).toBeUndefined()
})

test('the largest request is accepted, and one more byte is refused', () => {
  const filled = (bytes: number) => ({ ...request, params: { note: 'x'.repeat(bytes) } })
  const most = MAX_REQUEST_BYTES - requestBytes(filled(0))
  expect(parseRequest(filled(most))).toEqual(filled(most))
  const sentence = `The request has ${MAX_REQUEST_BYTES + 1} bytes; it can have at most ${MAX_REQUEST_BYTES}. Send fewer or shorter parameters.`
  expect(() => parseRequest(filled(most + 1))).toThrow(new InvalidRequest(sentence))
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
