/** Parses the arguments of this repository's own scripts, with the same parser as `carryout`. */
import { Command, Option } from 'commander'
import { text, usageErrorOf } from './arguments.ts'
import { UsageError } from './usage-error.ts'

export interface Flag {
  type: 'string' | 'boolean'
  default?: string
  /** One letter, without its hyphen. */
  short?: string
}
type Flags = Record<string, Flag>

type Value<F extends Flag> = F['type'] extends 'boolean'
  ? boolean
  : F extends { default: string }
    ? string
    : string | undefined

export interface Given<F extends Flags> {
  /** By name as written, such as `shop-port`; a boolean option that was not given is false. */
  values: { [Name in keyof F]: Value<F[Name]> }
  /** The arguments other than options, in order. */
  rest: string[]
}

/**
 * @param takesRest whether arguments other than options are allowed
 * @throws UsageError
 */
export function readFlags<const F extends Flags>(
  flags: F,
  { args = process.argv.slice(2), takesRest = false }: { args?: readonly string[]; takesRest?: boolean } = {},
): Given<F> {
  const quiet = { writeOut: () => undefined, writeErr: () => undefined }
  const command = new Command().helpOption(false).exitOverride().configureOutput(quiet)
  if (takesRest) command.argument('[rest...]')
  const options = Object.entries(flags).map(([name, { type, short, default: fallback }]) => {
    const long = type === 'string' ? `--${name} <value>` : `--${name}`
    const option = new Option(short === undefined ? long : `-${short}, ${long}`)
    option.default(type === 'string' ? fallback : false)
    command.addOption(type === 'string' ? option.argParser(text) : option)
    return { name, key: option.attributeName() }
  })
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    throw usageErrorOf(error) ?? error
  }
  const given = command.opts()
  const values = Object.fromEntries(options.map(({ name, key }) => [name, given[key]])) as Given<F>['values']
  return { values, rest: command.args }
}

/** Like `readFlags`, but ends the script with the message, its usage and exit code 2 if the arguments are not valid. */
export function readFlagsOrExit<const F extends Flags>(
  help: string,
  ...args: Parameters<typeof readFlags<F>>
): Given<F> {
  try {
    return readFlags(...args)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${help}`)
    process.exit(2)
  }
}
