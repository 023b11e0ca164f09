/** How a query is wrapped, without a server. */
import { ambiguous, quoteName, wrap } from '../../../../engine/sources/mysql/wrapped.ts'

const QUERY = 'SELECT … -- all'
const wrapped = (options: Partial<Parameters<typeof wrap>[0]>) => wrap({ key: null, ...options }, QUERY)

test('a query is a derived table, on lines of its own so that a comment at its end has one', () => {
  const from = '(\nSELECT … -- all\n) AS carryout'
  expect(wrapped({})).toEqual({ all: '*', before: '', from, key: undefined })
  expect(wrapped({ key: 'a`b' })).toEqual({ all: '*', before: '', from, key: 'carryout.`a``b`' })
})

test('a query with two columns of the same name is wrapped with names of ours', () => {
  expect(wrapped({ names: ['id', 'ID', 'a'], key: 'a' })).toEqual({
    ...{ all: '*', from: 'carryout', key: 'carryout.c2' },
    before: 'WITH carryout (c0, c1, c2) AS (\nSELECT … -- all\n) ',
  })
  expect(wrapped({ names: ['id', 'id'] }).key).toBeUndefined()
})

test('the key must be exactly one of the columns', () => {
  expect(() => wrapped({ names: ['id', 'ID', 'id'], key: 'id' })).toThrow(/two columns named id, .* rename one/)
  expect(() => wrapped({ names: ['a', 'a'], key: 'id' })).toThrow(/no column id, .* it has a, a$/)
  expect(wrapped({ names: ['id', 'ID'], key: 'id' }).key).toBe('carryout.c0')
})

test('FLOATs are selected as doubles, under their own names if these are plain and distinct', () => {
  const floats = [false, true]
  expect(wrapped({ names: ['id', '長さ$_1'], floats })).toMatchObject({
    all: 'carryout.`id` AS `id`, carryout.`長さ$_1` + 0e0 AS `長さ$_1`',
    before: '',
  })
  for (const names of [
    ['id', 'ID'],
    ['id', 'a + b'],
    ['id', ''],
    ['id', 'x'.repeat(65)],
  ])
    expect(wrapped({ names, floats }).all).toBe('carryout.c0 AS c0, carryout.c1 + 0e0 AS c1')
  expect(wrapped({ names: ['id', 'x'.repeat(64)], floats }).before).toBe('')
})

test('names are the same whatever their case', () => {
  expect(ambiguous(['a', 'b'])).toBeUndefined()
  expect(ambiguous([])).toBeUndefined()
  expect(ambiguous(['a', 'b', 'A'])).toEqual(['a', 'b', 'A'])
})

test('a name is quoted', () => {
  expect(quoteName('a`b`c')).toBe('`a``b``c`')
})
