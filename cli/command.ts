/** What a command of `carryout` is, and how its arguments are read. */
import { parseArgs } from 'node:util'
import { nearest } from '../statemachine/nearest.ts'
import type { Terminal } from './terminal.ts'

export interface Option {
  type: 'string' | 'boolean'
  /** What stands for the value in the help: `<text>`. */
  value?: string
  help: string
  /** Every value that it may have. */
  choices?: readonly string[]
}
export type Options = Record<string, Option>

export type Values<O extends Options> = { [Name in keyof O]?: O[Name]['type'] extends 'boolean' ? boolean : string }

/** Before it is known whose they are. */
export type AnyValues = Record<string, string | boolean>

export interface Command<O extends Options = Options> {
  name: string
  /** In one line, for the list of commands. */
  summary: string
  /** What stands after the name; `[in brackets]` it may be left out. */
  argument?: string
  options: O
  /** Whole command lines. */
  examples: string[]
  /** More than the summary says. */
  notes?: string[]
  run(input: Input<O>): Promise<number>
}

export interface Input<O extends Options = Options> {
  /** The argument; checked to be there unless it may be left out. */
  argument: string | undefined
  values: Values<O & typeof globalOptions>
  terminal: Terminal
}

/** Options of every command. */
export const globalOptions = {
  stack: { type: 'string', value: '<name>', help: 'the CloudFormation stack (default: Carryout)' },
  construct: { type: 'string', value: '<id>', help: 'of a stack with several Carryouts, the one that is meant' },
  region: { type: 'string', value: '<region>', help: 'as for any AWS tool (default: AWS_REGION, or the profile’s)' },
  profile: { type: 'string', value: '<name>', help: 'a profile of ~/.aws (default: AWS_PROFILE)' },
  json: { type: 'boolean', help: 'print one JSON document; what happens meanwhile goes to standard error' },
  help: { type: 'boolean', help: 'print this' },
} as const satisfies Options

/** The arguments cannot be understood; the message says which, and what to write instead. */
export class UsageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UsageError'
  }
}

export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command
}

export interface Arguments {
  positionals: string[]
  values: AnyValues
}

/** @throws UsageError */
export function readArguments(args: string[], options: Options): Arguments {
  const { tokens } = parseArgs({ args, options: typesOf(options), strict: false, allowPositionals: true, tokens: true })
  const positionals: string[] = []
  const values: AnyValues = {}
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option)
      throw new UsageError(
        unknown(
          'option',
          rawName,
          Object.keys(options).map((known) => `--${known}`),
        ),
      )
    values[name] = option.type === 'boolean' ? flag(rawName, value) : text(rawName, value, inlineValue, option)
  }
  return { positionals, values }
}

/** Read as flags where they are no options of this command, so that what follows them is not swallowed. */
function typesOf(options: Options) {
  return Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]))
}

function flag(name: string, value: string | undefined): true {
  if (value !== undefined) throw new UsageError(`${name} takes no value; leave out “=${value}”.`)
  return true
}

function text(name: string, value: string | undefined, inline: boolean | undefined, { value: what, choices }: Option) {
  if (value === undefined || (!inline && value.startsWith('--'))) {
    throw new UsageError(`${name} needs a value: ${name} ${what}.`)
  }
  if (choices && !choices.includes(value)) {
    const guess = nearest(value, choices)
    throw new UsageError(
      `${name} cannot be “${value}”${guess ? `; did you mean “${guess}”?` : '.'} It is one of ${choices.join(', ')}.`,
    )
  }
  return value
}

/** `There is no option --formt; did you mean --format?` */
export function unknown(kind: string, word: string, known: string[]): string {
  const guess = nearest(word, known)
  return guess
    ? `There is no ${kind} ${word}; did you mean ${guess}?`
    : `There is no ${kind} ${word}. There is ${known.join(', ')}.`
}

/** @throws UsageError unless it is a whole number from 1 on */
export function wholeNumber(name: string, value: string | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new UsageError(`--${name} must be a whole number from 1 on, not “${value}”.`)
  return Number(value)
}
