/**
 * The examples of a Markdown file. A block of `ts` is a module of the folder `exports/`; a comment `<!-- run {…} -->` under it
 * requests its export so, and the block that follows is what the file begins with (`…` ends a beginning) or what the
 * request fails with (`<!-- fails {…} -->`).
 */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Request } from '../../statemachine/contract.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface Example {
  /** Where the block begins, for messages. */
  line: number
  /** The heading that it stands under. */
  section: string
  code: string
  runs: ExpectedRun[]
}

export interface ExpectedRun {
  fails: boolean
  request: Partial<Request>
  /** What the document says comes out. */
  shown: string
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```$/gm
const REQUEST = /<!-- (run|fails)\s+(\{.*?\}) -->\s*$/s

export function examplesOf(markdown: string): Example[] {
  const examples: Example[] = []
  let end = 0
  for (const match of markdown.matchAll(FENCE)) {
    const [fence, language, content = ''] = match
    const before = markdown.slice(end, match.index)
    end = match.index + fence.length
    if (language === 'ts') {
      const above = markdown.slice(0, match.index)
      const section =
        above
          .match(/^#+ .*$/gm)
          ?.at(-1)
          ?.replace(/^#+ /, '') ?? ''
      examples.push({ line: above.split('\n').length, section, code: content, runs: [] })
      continue
    }
    const request = REQUEST.exec(before)
    if (!request) continue
    const example = examples.at(-1)
    if (!example) throw new Error(`A run stands before any example: ${request[0]}`)
    example.runs.push({ fails: request[1] === 'fails', request: JSON.parse(request[2]!), shown: content })
  }
  return examples
}

export interface WrittenExamples {
  directory: string
  /** In the examples' order. */
  modules: string[]
}

/** Writes the examples beside this repository's own folders, as files of `exports/`. */
export function writeExamples(examples: readonly Example[]): WrittenExamples {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-docs-'))
  mkdirSync(join(directory, 'exports'))
  for (const name of ['engine', 'statemachine', 'node_modules']) symlinkSync(join(ROOT, name), join(directory, name))
  const modules = examples.map(({ code, line }) => {
    const file = join(directory, 'exports', `line-${line}.ts`)
    writeFileSync(file, code)
    return file
  })
  writeFileSync(
    join(directory, 'package.json'),
    JSON.stringify({ name: 'carryout', type: 'module', exports: { '.': './engine/index.ts' } }),
  )
  const own = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'))
  writeFileSync(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...own.compilerOptions, types: ['node'] }, include: ['exports'] }),
  )
  return { directory, modules }
}

/** Returns both texts for a comparison: whole, or only up to the line `…` if what is shown ends with it. */
export function comparable(content: string, shown: string): { content: string; shown: string } {
  const text = content.replaceAll('\r\n', '\n')
  if (!shown.endsWith('…\n')) return { content: text, shown }
  const beginning = shown.slice(0, -2)
  return { content: text.slice(0, beginning.length), shown: beginning }
}
