/** The arguments of this repository's own scripts, read by the parser that reads those of `carryout`. */
import { Command, Option } from 'commander'
import { UsageError } from './command.ts'
import { text, usageErrorOf } from './program.ts'

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
  /** By their names as they are written, `shop-port`; a boolean that was not given is false. */
  values: { [Name in keyof F]: Value<F[Name]> }
  /** What stands beside the options, in its order. */
  rest: string[]
}

/**
 * @param takesRest whether anything may stand beside the options
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

/** Ends a script whose arguments cannot be understood: the sentence, how it is used, and 2 as its exit code. */
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
