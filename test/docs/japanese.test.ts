/** Each Japanese document says what its English one does: a section, an example or an option that changes in one changes in both. */
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'

const DOCUMENTS = globSync(['README.ja.md', 'docs/*.ja.md']).sort()
const ASPECTS: Record<string, (text: string) => string[]> = {
  'sections, at the same levels': (text) => withoutCode(text).match(/^#+(?= )/gm) ?? [],
  'commands and code': codeOf,
  'options, settings and names in tables': namesIn,
}

test('there are Japanese documents', () => {
  expect(DOCUMENTS.length).toBeGreaterThan(8)
})

describe.each(DOCUMENTS)('%s', (document) => {
  const japanese = readFileSync(document, 'utf8')
  const english = withoutRuns(readFileSync(inEnglish(document), 'utf8'))

  test.each(Object.entries(ASPECTS))('has the same %s as the English document', (_, aspectOf) => {
    expect(aspectOf(japanese)).toEqual(aspectOf(english))
  })

  test('is linked with the English document, in both directions', () => {
    expect(linksIn(english)).toContain(basename(document))
    expect(linksIn(japanese)).toContain(basename(inEnglish(document)))
  })

  test('links to the Japanese version of a document where there is one', () => {
    const others = linksIn(japanese).filter((link) => link !== basename(inEnglish(document)))
    expect(others.filter((link) => DOCUMENTS.some((other) => link === linkFrom(document, inEnglish(other))))).toEqual(
      [],
    )
  })
})

test('the Japanese README links to the same documents as the English one', () => {
  const others = (text: string) =>
    linksIn(text)
      .map(inEnglish)
      .filter((link) => link !== 'README.md')
  expect(others(readFileSync('README.ja.md', 'utf8'))).toEqual(others(readFileSync('README.md', 'utf8')))
})

function inEnglish(document: string): string {
  return document.replace('.ja.md', '.md')
}

/** The address by which one document links to another. */
function linkFrom(document: string, other: string): string {
  return document.startsWith('docs/') ? other.replace(/^docs\//, '') : other
}

function linksIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!))].sort()
}

/** Removes the record of runs, which exists in English only; the Japanese page refers to it. */
function withoutRuns(text: string): string {
  return text.replace(/(^## What was run\n)[\s\S]*?(?=^## )/m, '$1')
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, '')
}

/** Without comments, names to be filled in and labels of pictures, which are in the document's language. */
function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(?!mermaid)\w+\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)
  return blocks.map((code) => code.replace(/ *(\/\/|# ).*$/gm, '').replace(/<[^>]*>/g, '<>'))
}

/** The first cells of rows if they are code, with the defaults next to them. */
function namesIn(text: string): string[] {
  const rows = [...withoutCode(text).matchAll(/^\| (`[^|]+`) \|( `[^|]+` (?=\|))?/gm)]
  return rows.map(([, name, fallback = '']) => `${name}${fallback}`.replaceAll('`、`', '`, `'))
}
