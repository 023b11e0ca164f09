/** README.ja.md says what README.md says: a command or an example that changes in one changes in the other. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const [english, japanese] = ['README.md', 'README.ja.md'].map((name) =>
  readFileSync(join(import.meta.dirname, '../..', name), 'utf8'),
) as [string, string]

test.each<[string, RegExp]>([
  ['commands', /^```sh\n[\s\S]*?^```/gm],
  ['examples', /^```ts\n[\s\S]*?^```/gm],
  ['levels of headings', /^#+(?= )/gm],
  ['folders', /^\| `[^|]*(?= \|)/gm],
])('the Japanese README has the %s of the English one', (_, pattern) => {
  const found = (text: string) => (text.match(pattern) ?? []).map((match) => match.replace(/`、`/g, '`, `'))
  expect(found(english).length).toBeGreaterThan(1)
  expect(found(japanese)).toEqual(found(english))
})

test('the two READMEs link to each other, and to the same documents', () => {
  const links = (text: string) => [...new Set([...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target))].sort()
  expect(links(english).filter((target) => target !== 'README.ja.md')).toEqual(
    links(japanese).filter((target) => target !== 'README.md'),
  )
  expect(links(english)).toContain('README.ja.md')
  expect(links(japanese)).toContain('README.md')
})
