import { createHash } from 'node:crypto'
import { evaluate } from '../../src/states/expression.ts'

const of = (source: string, bindings = {}) => evaluate(`{% ${source} %}`, 'Output', bindings)

describe('the functions that Step Functions adds', () => {
  test.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition(["a"], 4)', [['a']]],
    ['$range(1, 9, 2)', [1, 3, 5, 7, 9]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(1, 0, 1)', []],
    ['$hash("text", "SHA-256")', createHash('sha256').update('text').digest('hex')],
    ['$hash("text", "MD5")', createHash('md5').update('text').digest('hex')],
    ['$parse("{\\"a\\":[1,null]}").a', [1, null]],
    ['$random(7) = $random(7) and $random(7) != $random(8)', true],
    ['$random() < 1 and $random() >= 0', true],
    ['$match($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/).match != ""', true],
  ])('%s', async (source, expected) => {
    expect(await of(source)).toEqual(expected)
  })

  test.each([
    '$hash("x", "CRC")',
    '$partition([1], 0)',
    '$range(1, 2, 0)',
    '$range(1, 1e9, 1)',
    '$parse("{")',
    '$parse(1)',
  ])('%s is refused', async (source) => {
    await expect(of(source)).rejects.toThrow('threw an error during evaluation.')
  })
})

test('$eval does not exist under any name', async () => {
  await expect(of('$eval("1")')).rejects.toThrow('$eval is not available')
  await expect(of('($e := $eval; $e("1"))')).rejects.toThrow('$eval is not available')
})

test('an expression sees its bindings and no root', async () => {
  expect(await of('$states.input.a & $v', { states: { input: { a: 'x' } }, v: 'y' })).toBe('xy')
  await expect(of('$')).rejects.toThrow('returned nothing (undefined)')
})

test('variables of one evaluation do not exist in the next, even of the same expression', async () => {
  expect(await Promise.all([1, 2, 3].map((v) => of('$v * 10', { v })))).toEqual([10, 20, 30])
  await expect(of('$v * 10')).rejects.toThrow('undefined')
})

test('a function is not a result', async () => {
  await expect(of('$sum')).rejects.toThrow('returned an unsupported result type.')
  await expect(of('{ "f": function($x) { $x } }')).rejects.toThrow('returned an unsupported result type.')
})

test('a result is a copy of the bound data', async () => {
  const input = { list: [{ a: 1 }] }
  const result = (await of('$states.input.list', { states: { input } })) as { a: number }
  result.a = 2
  expect(input.list[0]?.a).toBe(1)
})

test('a field with a key like __proto__ stays data', async () => {
  const result = await evaluate(JSON.parse('{"__proto__":{"polluted":"{% 1 %}"}}'), 'Output', {})
  expect(JSON.stringify(result)).toBe('{"__proto__":{"polluted":1}}')
  expect({}).not.toHaveProperty('polluted')
})
