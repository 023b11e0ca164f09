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

test('the two READMEs link to each other, and to the same documents, in Japanese where there is one', () => {
  const links = (text: string) => [...new Set([...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target))].sort()
  const inEnglish = (target: string) => target.replace('.ja.md', '.md')
  const others = (text: string) =>
    [...new Set(links(text).map((target) => inEnglish(target!)))].filter((target) => target !== 'README.md').sort()
  expect(others(english)).toEqual(others(japanese))
  expect(links(english)).toContain('README.ja.md')
  expect(links(japanese)).toContain('README.md')
})
