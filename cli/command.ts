/** The definition of a command of `carryout`. */
import type { Terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'

export interface Option {
  type: 'string' | 'boolean'
  /** A placeholder for the value in the help: `<text>`. */
  value?: string
  help: string
  /** All allowed values. */
  choices?: readonly string[]
}
export type Options = Record<string, Option>

export type Values<O extends Options> = { [Name in keyof O]?: O[Name]['type'] extends 'boolean' ? boolean : string }

export interface Command<O extends Options = Options> {
  name: string
  /** One line for the list of commands. */
  summary: string
  /** The argument after the name; `[in brackets]` if it is optional. */
  argument?: string
  /** All allowed values of the argument. */
  argumentChoices?: readonly string[]
  options: O
  /** Complete command lines. */
  examples: string[]
  /** Additional explanations. */
  notes?: string[]
  run(input: Input<O>): Promise<number>
}

export interface Input<O extends Options = Options> {
  /** The argument; guaranteed to be set unless it is optional. */
  argument: string | undefined
  values: Values<O & typeof globalOptions>
  /** All commands, in the order of the help. */
  commands: readonly Command[]
  terminal: Terminal
}

/** Options of every command. */
export const globalOptions = {
  stack: { type: 'string', value: '<name>', help: 'the CloudFormation stack (default: Carryout)' },
  construct: { type: 'string', value: '<id>', help: 'which Carryout, if the stack has several' },
  local: { type: 'boolean', help: 'ask the local cloud that “carryout local” runs in this folder' },
  region: { type: 'string', value: '<region>', help: 'as for any AWS tool (default: AWS_REGION, or the profile’s)' },
  profile: { type: 'string', value: '<name>', help: 'a profile of ~/.aws (default: AWS_PROFILE)' },
  json: { type: 'boolean', help: 'print one JSON document; what happens meanwhile goes to standard error' },
} as const satisfies Options

export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command
}

/** @throws UsageError unless the value is a whole number in the range */
export function wholeNumber(name: string, value: string | undefined, fallback: number, least = 1): number {
  if (value === undefined) return fallback
  if (/^\d{1,9}$/.test(value) && Number(value) >= least) return Number(value)
  throw new UsageError(`--${name} must be a whole number of at least ${least}, not “${value}”.`)
}
