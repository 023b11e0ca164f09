import { likenessOf } from '../../statemachine/likeness.ts'

const request = {
  id: 'a',
  export: 'orders',
  params: { from: '2026-01-01', to: { b: [1, 2], a: null } },
  requestedBy: 'a@example.com',
}

test.each<[string, object]>([
  ['another id', { id: 'b' }],
  ['another time zone', { timeZone: 'Asia/Tokyo' }],
  ['another order of its parameters', { params: { to: { a: null, b: [1, 2] }, from: '2026-01-01' } }],
  ['another case of the address', { requestedBy: 'A@Example.com' }],
  ['the usual language', { language: 'en' }],
  ['nothing in place of a field', { format: null }],
])('a request with %s is for the same file', (_, change) => {
  expect(likenessOf({ ...request, ...change })).toBe(likenessOf(request))
})

test.each<[string, object]>([
  ['another export', { export: 'customers' }],
  ['another parameter', { params: { ...request.params, from: '2026-01-02' } }],
  ['a parameter more', { params: { ...request.params, also: null } }],
  ['another order in a list', { params: { ...request.params, to: { b: [2, 1], a: null } } }],
  ['the names of two parameters swapped', { params: { to: request.params.from, from: request.params.to } }],
  ['another requester', { requestedBy: 'b@example.com' }],
  ['no requester', { requestedBy: undefined }],
  ['a format', { format: 'csv' }],
  ['a compression', { compression: 'gzip' }],
  ['an encoding', { encoding: 'cp932' }],
  ['another language', { language: 'ja' }],
])('a request with %s is for another file', (_, change) => {
  expect(likenessOf({ ...request, ...change })).not.toBe(likenessOf(request))
})

test('no parameters are the same as an empty object of them', () => {
  const { params: _, ...bare } = request
  expect(likenessOf(bare)).toBe(likenessOf({ ...bare, params: {} }))
  expect(likenessOf(bare)).toMatch(/^[0-9a-f]{32}$/)
})

test('any message has a likeness', () => {
  for (const message of [{}, { export: 7, params: 'text' }, { params: null, requestedBy: ['x'] }]) {
    expect(likenessOf(message)).toMatch(/^[0-9a-f]{32}$/)
  }
})
