/** Every `carryout` command in the documents is one that the command line takes. */
import { globSync, readFileSync } from 'node:fs'
import { commands } from '../../cli/commands.ts'
import { createProgram } from '../../cli/program.ts'
import { usageErrorOf } from '../../terminal/arguments.ts'
import { openTerminal } from '../../terminal/terminal.ts'

const DOCUMENTS = globSync(['README*.md', 'docs/*.md'])
const terminal = { ...openTerminal(), print: () => undefined, note: () => undefined }
/** The commands without their effects: only the arguments are parsed here. */
const parsed = commands.map((command) => ({ ...command, run: async () => 0 }))

const lines = DOCUMENTS.flatMap((document) => {
  const text = readFileSync(document, 'utf8')
  const found = [...text.matchAll(/^ *npx (?:--no )?carryout (.*)$|`npx (?:--no )?carryout ([^`]*)`/gm)]
  // Within a sentence a command may be named alone, without what it must be given.
  return found.map(([, line, inline = '']) => line ?? (inline.includes(' ') ? inline : `${inline} --help`))
})

test('the documents have commands', () => {
  expect(lines.length).toBeGreaterThan(100)
})

test.each([...new Set(lines)])('carryout %s', async (line) => {
  const program = createProgram({ commands: parsed, terminal, done: () => undefined }, '0')
  const refusal = await program.parseAsync(argumentsOf(line), { from: 'user' }).then(() => undefined, usageErrorOf)
  expect(refusal?.message).toBeUndefined()
})

test('an invalid command line is found', async () => {
  const program = createProgram({ commands: parsed, terminal, done: () => undefined }, '0')
  const refused = program.parseAsync(argumentsOf('replay <id> --erorr QueryFailed'), { from: 'user' })
  expect(usageErrorOf(await refused.catch((error: unknown) => error))?.message).toContain("Unknown option '--erorr'")
})

/** Splits a command like a shell, with a `<placeholder with spaces>` as one word. */
function argumentsOf(line: string): string[] {
  const words = line.replace(/ +#.*$/, '').match(/(?:'[^']*'|"[^"]*"|<[^>]*>|[^\s'"<])+/g) ?? []
  return words.map((word) => word.replaceAll(/^['"]|['"]$/g, ''))
}
