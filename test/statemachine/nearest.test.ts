import { nearest } from '../../statemachine/nearest.ts'

test.each([
  ['another letter', 'abc', 'abx'],
  ['another first letter', 'abc', 'xbc'],
  ['two letters swapped at the end', 'abc', 'acb'],
  ['two letters swapped at the beginning', 'abc', 'bac'],
  ['only two letters, swapped', 'ab', 'ba'],
  ['a letter more at the end', 'abc', 'abcd'],
  ['a letter more at the beginning', 'abc', 'xabc'],
  ['a letter less at the end', 'abc', 'ab'],
  ['a letter less at the beginning', 'abc', 'bc'],
  ['another case', 'PARAMS', 'params'],
  ['another letter in a word of two', 'id', 'ie'],
  ['a third of other letters', 'abcdef', 'abcdxy'],
  ['two pairs of letters swapped', 'abcdef', 'badcef'],
  ['a letter swapped and one omitted', 'compresoin', 'compression'],
])('%s: %s may mean %s', (_, word, meant) => {
  expect(nearest(word, [meant])).toBe(meant)
})

test.each([
  ['ab', 'cd'],
  ['abc', 'axy'],
  ['abc', 'abcde'],
  ['abc', 'cba'],
  ['abcde', 'abcxy'],
  ['abcdef', 'abcxyz'],
  ['abcdef', 'abcdefghi'],
  ['abcdef', 'abc'],
])('%s does not mean %s', (word, other) => {
  expect(nearest(word, [other])).toBeNull()
})

test('the closest of several words is meant, the first of equally close ones, and none of none', () => {
  expect(nearest('formats', ['formal', 'format', 'formula'])).toBe('format')
  expect(nearest('formats', ['formula', 'formal', 'format'])).toBe('format')
  expect(nearest('formax', ['formay', 'formaz'])).toBe('formay')
  expect(nearest('format', [])).toBeNull()
})
