/** The Japanese page about schedules says all that the English one does. */
import { readFileSync } from 'node:fs'

const [english, japanese] = ['docs/schedules.md', 'docs/schedules.ja.md'].map((file) => readFileSync(file, 'utf8')) as [
  string,
  string,
]

test.each<[string, RegExp]>([
  ['code', /^```ts\n[\s\S]*?^```/gm],
  ['options and helpers', /^\| `[^|]*(?= \|)/gm],
  ['list items', /^- \*\*/gm],
])('the Japanese page has the %s of the English one', (_, pattern) => {
  const found = (text: string) => (text.match(pattern) ?? []).map((match) => match.replaceAll('`、`', '`, `'))
  expect(found(english).length).toBeGreaterThan(0)
  expect(found(japanese)).toEqual(found(english))
})

test('the two pages link to each other', () => {
  expect(english).toContain('(schedules.ja.md)')
  expect(japanese).toContain('(schedules.md)')
})
