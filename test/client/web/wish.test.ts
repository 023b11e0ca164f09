/** What a page may ask for, and which request it becomes. */
import type { Caller } from '../../../client/web/call.ts'
import { checked, readWish } from '../../../client/web/wish.ts'

const CALLER: Caller = { user: 'Hanako@example.com', language: 'ja', timeZone: undefined }
const TARO: Caller = { ...CALLER, user: 'taro@example.com' }

function refusalOf(body: Record<string, unknown>, caller = CALLER) {
  try {
    readWish(body, caller)
  } catch (error) {
    const { status, message } = error as { status: number; message: string }
    return [status, message]
  }
  return undefined
}

test('a wish is its user’s request in their language, with an id of its own', () => {
  const wish = {
    export: 'orders',
    params: { from: '2026-01-01' },
    format: 'csv',
    compression: 'gzip',
    encoding: 'cp932',
  }
  const { request, isKeyed, fresh } = readWish(wish, CALLER)
  expect(request).toEqual({ ...wish, id: expect.any(String), requestedBy: 'Hanako@example.com', language: 'ja' })
  expect([isKeyed, fresh]).toEqual([false, false])
  expect(readWish(wish, CALLER).request.id).not.toBe(request.id)
  expect(readWish({ export: 'orders', fresh: true }, { ...CALLER, timeZone: 'Asia/Tokyo' })).toMatchObject({
    ...{ request: { timeZone: 'Asia/Tokyo', params: {} }, fresh: true },
  })
})

test('an id that a page sends becomes an id of its user’s, which is the same each time', () => {
  const idOf = (id: string, caller = CALLER) => {
    const { request, isKeyed } = readWish({ export: 'orders', id }, caller)
    expect(isKeyed).toBe(true)
    return request.id
  }
  expect(idOf('button-1')).toMatch(/^button-1-[0-9a-f]{32}$/)
  expect(idOf('button-1', { ...CALLER, user: 'hanako@example.com' })).toBe(idOf('button-1'))
  expect(idOf('button-1', TARO)).not.toBe(idOf('button-1'))
  expect(idOf('button-2').slice(-32)).not.toBe(idOf('button-1').slice(-32))
  // The longest key still makes an id that can name an execution.
  expect(idOf('a'.repeat(80))).toMatch(/^a{47}-[0-9a-f]{32}$/)
})

test.each<[Record<string, unknown>, string]>([
  [{ export: 'orders', parms: {} }, 'parms is not known; did you mean params?'],
  [{ export: 'orders', nonsense: 1, parms: {} }, 'nonsense, parms is not known'],
  [{ export: 'orders', requestedBy: 'other@example.com' }, 'requestedBy is not known'],
  [{ export: 'orders', id: 'a b' }, 'id must be 1 to 80 characters of A-Z a-z 0-9 - _'],
  [{ export: 'orders', id: '' }, 'id must be 1 to 80 characters of A-Z a-z 0-9 - _'],
  [{ export: 'orders', fresh: 1 }, 'fresh must be true or false'],
  [{ params: {} }, 'The request is not valid: export is missing'],
  [
    { export: 'orders', format: 'pdf' },
    'The request is not valid: format is wrong: it must be one of csv, tsv, jsonl, xlsx, parquet',
  ],
])('the wish %j is refused: %s', (body, sentence) => {
  expect(refusalOf(body)).toEqual([422, sentence])
})

test('an error that is not the page’s fault is passed on', () => {
  const request = { export: 'orders', id: 'a', requestedBy: '' }
  const failing = {
    ...request,
    get params(): never {
      throw new RangeError('broken')
    },
  }
  expect(() => checked(failing, CALLER)).toThrow(RangeError)
})
