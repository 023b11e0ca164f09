import { filterPattern, InvalidPattern } from '../../src/logs/filter-pattern.ts'

const JSON_LINE = JSON.stringify({
  level: 'ERROR',
  rows: 12,
  ok: true,
  nothing: null,
  request: { id: 'r-1', tags: ['x', 'y'] },
})

describe('a filter pattern', () => {
  test.each([
    ['', 'anything', true],
    ['ERROR', '[ERROR] broken', true],
    ['ERROR', 'error', false],
    ['ERROR broken', 'broken: ERROR', true],
    ['ERROR broken', 'ERROR', false],
    ['"not found"', 'was not found', true],
    ['"not found"', 'found, not', false],
    ['"say \\"no\\""', 'I say "no"', true],
    ['?WARN ?ERROR', 'WARN x', true],
    ['?WARN ?ERROR', 'INFO x', false],
    ['ERROR -retry', 'ERROR fatal', true],
    ['ERROR -retry', 'ERROR retry', false],
    ['ERROR -"will retry"', 'ERROR will retry', false],
    ['%row [0-9]+%', 'at row 12', true],
    ['%row [0-9]+%', 'at row x', false],
  ])('%j matches %j: %j', (pattern, message, expected) => {
    expect(filterPattern(pattern)(message)).toBe(expected)
  })

  test.each([
    ['{ $.level = "ERROR" }', true],
    ['{$.level="ERROR"}', true],
    ['{ $.level = ERROR }', true],
    ['{ $.level = "error" }', false],
    ['{ $.level = "ERR*" }', true],
    ['{ $.level = "E.*" }', false],
    ['{ $.level != "INFO" }', true],
    ['{ $.missing != "INFO" }', false],
    ['{ $.level = %^ERR% }', true],
    ['{ $.rows = 12 }', true],
    ['{ $.rows > 11 && $.rows <= 12 }', true],
    ['{ $.rows < 12 || $.rows >= 13 }', false],
    ['{ $.request.id = "r-1" }', true],
    ['{ $.request.tags[1] = "y" }', true],
    ["{ $['request']['id'] = \"r-1\" }", true],
    ['{ $.ok IS TRUE }', true],
    ['{ $.nothing IS NULL }', true],
    ['{ $.missing IS NULL }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ ($.level = "INFO" || $.rows = 12) && $.ok IS TRUE }', true],
  ])('%s on JSON: %j', (pattern, expected) => {
    const matches = filterPattern(pattern)
    expect(matches(JSON_LINE)).toBe(expected)
    expect(matches('no JSON')).toBe(false)
  })

  test.each([
    ['[ip, user]', /space-delimited/],
    ['"open', /character 1/],
    ['{ level = 1 }', /\$\.level/],
    ['{ $.level = "x"', /“}” was expected/],
    ['{ $.level > "x" }', /is not a number/],
    ['{ $.level ~ 1 }', /is not a comparison/],
    ['{ $.level = 1 } x', /nothing may follow/],
    ['%(%', /is not a regular expression/],
  ])('%s is refused', (pattern, message) => {
    expect(() => filterPattern(pattern)).toThrow(InvalidPattern)
    expect(() => filterPattern(pattern)).toThrow(message)
  })
})
