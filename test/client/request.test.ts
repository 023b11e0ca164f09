import { newId, toRequest } from '../../client/request.ts'
import { isRequestId } from '../../statemachine/contract.ts'
import { InvalidRequest } from '../../statemachine/errors.ts'

const request = { export: 'orders', params: { from: '2026-01-01' }, requestedBy: 'hanako@example.com' }

describe('a new id', () => {
  test('can name an execution', () => {
    expect(newId()).toMatch(/^\d{8}-\d{9}-[0-9a-f]{12}$/)
    expect(isRequestId(newId())).toBe(true)
  })

  test('sorts after every id that was made earlier', () => {
    const times = ['2026-09-30T23:59:59.999Z', '2026-10-01T00:00:00.000Z', '2026-10-01T00:00:00.001Z']
    const ids = times.map((time) => newId(new Date(time)))
    expect(ids.toSorted()).toEqual(ids)
  })

  test('is another one within the same millisecond', () => {
    const now = new Date()
    expect(new Set(Array.from({ length: 1000 }, () => newId(now))).size).toBe(1000)
  })
})

describe('a request', () => {
  test('keeps its id, and gets one where it has none', () => {
    expect(toRequest({ ...request, id: 'rendered-into-the-form' }).id).toBe('rendered-into-the-form')
    expect(toRequest(request).id).not.toBe(toRequest(request).id)
  })

  test('contains no undefined fields', () => {
    expect(Object.keys(toRequest({ ...request, format: undefined }))).toEqual(['id', 'export', 'params', 'requestedBy'])
  })

  test('reports every invalid field', () => {
    const wrong = () => toRequest({ ...request, id: 'a b', requestedBy: 'hanako', sql: 'SELECT 1' } as never)
    expect(wrong).toThrow(InvalidRequest)
    expect(wrong).toThrow(
      /id is wrong: it must be 1 to 80 characters .*; requestedBy is wrong: it must be an e-mail address .*; sql is not known/,
    )
  })

  test.each([
    [{ text: 'half \ud83d' }, 'params.text'],
    [{ list: ['whole', { deep: '\udc00' }] }, 'params.list.1.deep'],
    [{ 'na\ud800me': 1 }, 'params.na\ufffdme'],
  ])('with an unpaired surrogate is refused: %j', (params, place) => {
    expect(() => toRequest({ ...request, params })).toThrow(
      `${place} has an unpaired surrogate, which is not a character`,
    )
  })

  test('fits into an execution’s input, or is refused before it is sent', () => {
    const withText = (length: number) => () => toRequest({ ...request, params: { text: 'あ'.repeat(length) } })
    expect(withText(54_000)).not.toThrow()
    expect(withText(55_000)).toThrow(/The request has 165\d{3} bytes; it can have at most 163840/)
  })
})
