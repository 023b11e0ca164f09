/** What `--help` prints. */
import { type Command, globalOptions, type Options } from './command.ts'
import { EXIT_HELP } from './exit.ts'
import { table } from './format.ts'

export function overview(commands: Command[]): string {
  return [
    'Carryout: request downloads, and see what became of them.',
    '',
    'Usage: carryout <command> [options]',
    '',
    ...section(
      'Commands',
      commands.map(({ name, argument, summary }) => [[name, argument].filter(Boolean).join(' '), summary]),
    ),
    ...section('Options', [...optionRows(globalOptions), ['--version', 'print the version']]),
    ...exitSection(),
    '“carryout <command> --help” says more about a command.',
  ].join('\n')
}

export function helpOf({ name, summary, argument, options, examples, notes = [] }: Command): string {
  return [
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    '',
    `Usage: carryout ${[name, argument].filter(Boolean).join(' ')} [options]`,
    '',
    ...notes.flatMap((note) => [note, '']),
    ...section('Options', optionRows({ ...options, ...globalOptions })),
    ...section(
      'Examples',
      examples.map((example) => [example]),
    ),
    ...exitSection(),
  ]
    .join('\n')
    .trimEnd()
}

function exitSection(): string[] {
  return section(
    'Exit codes',
    EXIT_HELP.map((line) => [line]),
  )
}

function optionRows(options: Options): string[][] {
  return Object.entries(options).map(([name, { value, help, choices }]) => [
    [`--${name}`, value].filter(Boolean).join(' '),
    choices ? `${help}: ${choices.join(', ')}` : help,
  ])
}

function section(title: string, rows: string[][]): string[] {
  return [`${title}:`, ...table(rows).map((row) => `  ${row}`), '']
}
