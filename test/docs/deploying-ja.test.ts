/** The Japanese guide to deploying says all that the English one does. */
import { readFileSync } from 'node:fs'

const english = readFileSync('docs/deploying.md', 'utf8')
const japanese = readFileSync('docs/deploying.ja.md', 'utf8')

test('both guides have the same sections, in the same order', () => {
  const levelsOf = (text: string) => withoutCode(text).match(/^#+(?= )/gm)
  expect(levelsOf(japanese)).toEqual(levelsOf(english))
})

test('both guides have the same commands and code', () => {
  expect(codeOf(japanese)).toEqual(codeOf(english))
})

test('both guides name the same settings, with the same defaults where these are code', () => {
  const rowsOf = (text: string) =>
    [...text.matchAll(/^\| (`[^|]+`) \|( `[^|]+` (?=\|))?/gm)].map(
      ([, setting, fallback = '']) => `${setting}${fallback}`,
    )
  expect(rowsOf(english).length).toBeGreaterThan(30)
  expect(rowsOf(japanese)).toEqual(rowsOf(english))
})

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}

/** Without comments, which are in the guide's language. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  return blocks.map((code) => code.replace(/ *(\/\/|# ).*$/gm, '').replace(/<[^>]*>/g, '<>'))
}
