/** The Japanese page about writing an export says all that the English one does, with the same examples. */
import { readFileSync } from 'node:fs'

const english = readFileSync('docs/exports.md', 'utf8')
const japanese = readFileSync('docs/exports.ja.md', 'utf8')

test.each<[string, RegExp]>([
  ['examples and what they give', /^(?:<!--.*-->\n)?```\w+\n[\s\S]*?^```/gm],
  ['levels of headings', /^#+(?= )/gm],
  ['options, types and errors', /^\| `[^|]*`(?= \|)/gm],
  ['list items', /^- /gm],
])('the Japanese page has the %s of the English one', (_, pattern) => {
  const found = (text: string) => text.match(pattern)?.map((match) => match.replaceAll('`、`', '`, `')) ?? []
  expect(found(english).length).toBeGreaterThan(10)
  expect(found(japanese)).toEqual(found(english))
})

test('the two pages link to each other', () => {
  expect(english).toContain('(exports.ja.md)')
  expect(japanese).toContain('(exports.md)')
})
