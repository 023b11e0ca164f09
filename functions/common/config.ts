/**
 * Reads and checks a function's configuration from its environment variables, once per environment. It does not use
 * zod, which would be a quarter of most functions' code.
 */

/** @throws Error saying what is wrong if the text is not a valid value of the variable */
export type Reader<Value> = (text: string | undefined) => Value

/** A text of at least one character. */
export const text: Reader<string> = (given) => {
  if (!given) throw new Error(given === undefined ? 'is missing' : 'is empty')
  return given
}

export const url: Reader<string> = (given) => {
  const value = text(given)
  if (!URL.canParse(value)) throw new Error('must be a URL')
  return value
}

export function wholeNumber({ min, max = Number.MAX_SAFE_INTEGER }: { min: number; max?: number }): Reader<number> {
  return (given) => {
    const value = Number(text(given))
    if (Number.isInteger(value) && value >= min && value <= max) return value
    throw new Error(`must be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`)
  }
}

/** A number of at least `min`, fractions allowed. */
export function atLeast(min: number): Reader<number> {
  return (given) => {
    const value = Number(text(given))
    if (!(value >= min)) throw new Error(`must be a number of at least ${min}`)
    return value
  }
}

export function oneOf<const Value extends string>(values: readonly Value[]): Reader<Value> {
  return (given) => {
    const value = values.find((each) => each === given)
    if (value === undefined) throw new Error(given === undefined ? 'is missing' : `must be one of ${values.join(', ')}`)
    return value
  }
}

/** A variable that may be absent, in which case it has the given value. */
export function optional<Value>(reader: Reader<Value>): Reader<Value | undefined>
export function optional<Value>(reader: Reader<Value>, fallback: NoInfer<Value>): Reader<Value>
export function optional<Value>(reader: Reader<Value>, fallback?: Value): Reader<Value | undefined> {
  return (given) => (given === undefined ? fallback : reader(given))
}

type Shape = Readonly<Record<string, Reader<unknown>>>
type Config<Of extends Shape> = { readonly [Name in keyof Of]: ReturnType<Of[Name]> }

/**
 * @param shape the variables by their names in `environment.ts`, each with its reader
 * @throws Error naming every missing or invalid variable, so that a broken deployment fails at its first invocation
 */
export function readConfig<const Of extends Shape>(shape: Of): Config<Of> {
  const problems: string[] = []
  const values = Object.entries(shape).map(([name, read]) => {
    try {
      return [name, read(process.env[name])]
    } catch (error) {
      problems.push(`${name} ${(error as Error).message}`)
      return [name, undefined]
    }
  })
  if (problems.length === 0) return Object.fromEntries(values) as Config<Of>
  throw new Error(`The function's environment is not valid: ${problems.join('; ')}. Deploy the stack again.`)
}
