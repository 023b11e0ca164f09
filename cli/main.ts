/** Finds the command, reads its arguments, and turns what goes wrong into a sentence and an exit code. */
import { readFileSync } from 'node:fs'
import { type Command, globalOptions, type Input, type Options, readArguments, UsageError, unknown } from './command.ts'
import { commands } from './commands.ts'
import { exit } from './exit.ts'
import { explain } from './explain.ts'
import { helpOf, overview } from './help.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** @returns the exit code */
export async function main(args: string[], terminal = openTerminal()): Promise<number> {
  try {
    return await run(args, terminal)
  } catch (error) {
    const { message, code } = explain(error)
    const name = error instanceof Error ? error.name : 'Error'
    terminal.note(`carryout: ${message}`)
    if (args.includes('--json')) terminal.print(JSON.stringify({ error: { name, message } }))
    return code
  }
}

async function run(args: string[], terminal: Terminal): Promise<number> {
  const at = commandIndex(args)
  const before = readArguments(args.slice(0, at), { ...globalOptions, version: { type: 'boolean', help: '' } }).values
  if (before.version) return print(version())
  const name = args[at]
  if (name === undefined) {
    if (before.help) return print(overview(commands))
    terminal.note(overview(commands))
    return exit.USAGE
  }
  const command = commands.find((candidate) => candidate.name === name)
  if (!command)
    throw new UsageError(
      unknown(
        'command',
        name,
        commands.map((candidate) => candidate.name),
      ),
    )
  const { positionals, values } = readArguments(args.slice(at + 1), allOptions(command))
  if (before.help || values.help) return print(helpOf(command))
  return await command.run({
    argument: argumentOf(command, positionals),
    // Each is what its option says: `readArguments` has seen to it.
    values: { ...before, ...values } as Input['values'],
    terminal,
  })

  function print(text: string): number {
    terminal.print(text)
    return exit.DONE
  }
}

function allOptions(command: Command): Options {
  return { ...command.options, ...globalOptions }
}

/** What stands before the command can only be options of every command. */
function commandIndex(args: string[]): number {
  let at = 0
  while (args[at]?.startsWith('-')) {
    const option = (globalOptions as Options)[args[at]!.slice(2)]
    at += option?.type === 'string' ? 2 : 1
  }
  return Math.min(at, args.length)
}

function argumentOf({ name, argument: wanted }: Command, [argument, ...surplus]: string[]): string | undefined {
  const help = `See carryout ${name} --help.`
  const tooMany = wanted ? surplus[0] : argument
  if (tooMany !== undefined) throw new UsageError(`“${tooMany}” is one argument too many. ${help}`)
  if (argument === undefined && wanted?.startsWith('<')) throw new UsageError(`${wanted} is missing. ${help}`)
  return argument
}

function version(): string {
  const json = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(json) as { version: string }).version
}
