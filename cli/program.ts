/** Defines the arguments of `carryout`, which commander parses and explains. */
import { Command as Commander, Option as CommanderOption } from 'commander'
import { text } from '../terminal/arguments.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type Command, globalOptions, type Input, type Options } from './command.ts'
import { EXIT_HELP } from './exit.ts'

interface Context {
  commands: readonly Command[]
  terminal: Terminal
  /** Called with the exit code of the command that ran. */
  done(code: number): void
}

export function createProgram(context: Context, version: string): Commander {
  const { commands, terminal } = context
  const program = new Commander('carryout')
    .description('Carryout: request downloads and follow them.')
    .usage('<command> [options]')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      // Errors are thrown and reported in one place; this is the help that is shown for missing arguments.
      writeErr: (text) => terminal.note(text.trimEnd()),
      outputError: () => undefined,
    })
    .addHelpText('after', `\n${exitCodes()}\n\n“carryout <command> --help” says more about a command.`)
  addOptions(program, globalOptions)
  for (const command of commands) addCommand(program, command, context)
  return program
}

function addCommand(program: Commander, command: Command, context: Context) {
  const { commands, terminal, done } = context
  const { name, argument, summary, notes = [], examples, options } = command
  const added = program
    .command([name, argument].filter(Boolean).join(' '))
    .description([`${summary[0]!.toUpperCase()}${summary.slice(1)}.`, ...notes].join('\n\n'))
    .summary(summary)
    .helpOption('--help', 'print this')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}\n\n${exitCodes()}`)
  addOptions(added, options)
  added.action(async (...given: unknown[]) => {
    const first = argument === undefined ? undefined : (given[0] as string | undefined)
    done(
      await command.run({
        argument: first,
        values: valuesOf(added, { ...options, ...globalOptions }),
        commands,
        terminal,
      }),
    )
  })
}

function addOptions(to: Commander, options: Options) {
  for (const [name, option] of Object.entries(options)) {
    const flags = [`--${name}`, option.value].filter(Boolean).join(' ')
    const added = new CommanderOption(flags, option.help)
    if (option.choices) added.choices(option.choices)
    else if (option.type === 'string') added.argParser(text)
    to.addOption(added)
  }
}

/** Option values by their names as written, such as `requested-by`. */
function valuesOf(command: Commander, options: Options): Input['values'] {
  const given = command.optsWithGlobals()
  const named = Object.keys(options).map((name) => [
    name,
    given[name.replace(/-([a-z])/g, (_, letter) => letter.toUpperCase())],
  ])
  return Object.fromEntries(named.filter(([, value]) => value !== undefined)) as Input['values']
}

function exitCodes(): string {
  return ['Exit codes:', ...EXIT_HELP.map((line) => `  ${line}`)].join('\n')
}
