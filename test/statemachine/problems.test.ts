import { z } from 'zod'
import { problemsIn, type Wording } from '../../statemachine/problems.ts'

const column = z.strictObject({ format: z.enum(['short', 'long']).optional() })
const schema = z.strictObject({
  name: z.string(),
  count: z.int().min(1).optional(),
  isOn: z.boolean().optional(),
  list: z.array(z.string()).optional(),
  options: z.object({}).optional(),
  columns: z.record(z.string(), column).optional(),
  kind: z.enum(['a', 'b'], 'is of a kind that nobody knows').optional(),
})

test.each<[object, string[]]>([
  [{}, ['name is missing (expected string)']],
  [{ name: 7 }, ['name must be a string']],
  [{ name: null }, ['name must be a string']],
  [{ name: 'a', count: 'one' }, ['count must be a number']],
  [{ name: 'a', count: 1.5 }, ['count must be an int']],
  [{ name: 'a', options: 'x' }, ['options must be an object']],
  [{ name: 'a', list: 'x' }, ['list must be an array']],
  [{ name: 'a', list: ['x', 7] }, ['list[1] must be a string']],
  [{ name: 'a', columns: { id: { format: 'wide' } } }, ['columns.id.format must be one of "short", "long"']],
  [{ name: 'a', count: 0 }, ['count is wrong: Too small: expected number to be >=1']],
  [{ name: 'a', kind: 'c' }, ['kind is wrong: is of a kind that nobody knows']],
  [{ name: 'a', size: 7 }, ['size is not known']],
  [
    { name: 'a', columns: { id: { width: 7, height: 8 } } },
    ['columns.id.width is not known', 'columns.id.height is not known'],
  ],
  [{ isOn: 'yes' }, ['name is missing (expected string)', 'isOn must be a boolean']],
])('%j: %j', (value, expected) => {
  expect(problemsOf(value)).toEqual(expected)
})

test('every place begins with the prefix, and a message of the schema’s own follows the given text', () => {
  const wording = { prefix: 'params.', between: ' ' }
  expect(problemsOf({ kind: 'c', size: 7 }, wording)).toEqual([
    'params.name is missing (expected string)',
    'params.kind is of a kind that nobody knows',
    'params.size is not known',
  ])
})

test('an unknown name is compared with the known ones of its place', () => {
  const known = (path: readonly PropertyKey[]) =>
    path.length === 0 ? ['name', 'count'] : path.length === 2 ? [] : undefined
  expect(problemsOf({ name: 'a', nmae: 'b', colour: 'red' }, { known })).toEqual([
    'nmae is not known; did you mean name?',
    'colour is not known (it takes name, count)',
  ])
  expect(problemsOf({ name: 'a', columns: { id: { width: 7 } } }, { known })).toEqual([
    'columns.id.width is not known (it takes none)',
  ])
  expect(problemsOf({ name: 'a', colour: 'red' }, { known: () => undefined })).toEqual(['colour is not known'])
})

function problemsOf(value: object, wording?: Wording): string[] {
  return problemsIn(schema.safeParse(value).error!, wording)
}
