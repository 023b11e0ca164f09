/** The fifteen lines of a web app, as they stand in the documents; test/client/web/mounts.test.ts runs them. */
import { readFileSync } from 'node:fs'
import { fifteenLines } from '../support/fifteen-lines.ts'

test('there are at most fifteen, not counting the blank one', () => {
  expect(fifteenLines('docs/web-app.md').split('\n').filter(Boolean).length).toBeLessThanOrEqual(15)
})

test.each(['docs/web-app.ja.md', 'README.md', 'README.ja.md'])('%s has the same', (file) => {
  expect(readFileSync(file, 'utf8')).toContain(fifteenLines('docs/web-app.md'))
})

test('the guide starts with them, before its first section', () => {
  const guide = readFileSync('docs/web-app.md', 'utf8')
  expect(guide.indexOf('```ts')).toBeLessThan(200)
  const sections = (text: string) => text.match(/^## /gm)?.length
  expect(sections(readFileSync('docs/web-app.ja.md', 'utf8'))).toBe(sections(guide))
})
