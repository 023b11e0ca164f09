/** How a query is selected from: to cut it by its key, and to put it into the key's order. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import type { RangeQuery } from '../source.ts'

export interface Wrapped {
  /** Behind SELECT: every column. */
  all: string
  /** Before the SELECT. */
  before: string
  /** Behind FROM. */
  from: string
  /** The key's column; undefined where there is no key. */
  key: string | undefined
}

/**
 * Wraps a query's text as `carryout`. The columns of a derived table must have names of their own; where they have not, as those
 * of `SELECT a.*, b.*`, ours are put in their places. MariaDB takes such a list only in a WITH, which both products merge as they
 * do a derived table; there, the ORDER BY of a UNION does not find the query's own names any more.
 */
export function wrap({ key, names, floats }: Pick<RangeQuery, 'key' | 'names' | 'floats'>, text: string): Wrapped {
  // The line breaks end a comment that the query may end with.
  if (!names || (floats && areTheirOwn(names))) {
    const select = (name: string, index: number) => (floats?.[index] ? `${name} + 0e0` : name)
    return {
      all:
        names
          ?.map((name, index) => `${select(`carryout.${quoteName(name)}`, index)} AS ${quoteName(name)}`)
          .join(', ') ?? '*',
      before: '',
      from: `(\n${text}\n) AS carryout`,
      key: key === null ? undefined : `carryout.${quoteName(key)}`,
    }
  }
  const columns = names.map((_, index) => nameOf(index)).join(', ')
  const select = (index: number) => (floats?.[index] ? `carryout.${nameOf(index)} + 0e0` : `carryout.${nameOf(index)}`)
  return {
    all: floats ? names.map((_, index) => `${select(index)} AS ${nameOf(index)}`).join(', ') : '*',
    before: `WITH carryout (${columns}) AS (\n${text}\n) `,
    from: 'carryout',
    key: key === null ? undefined : `carryout.${nameOf(keyIndex(names, key))}`,
  }
}

/** The names where the query must be wrapped with ours; undefined where its own do. */
export function ambiguous(names: readonly string[]): readonly string[] | undefined {
  // To the database, whose names have no case.
  return new Set(names.map((name) => name.toLowerCase())).size < names.length ? names : undefined
}

/** Whether a derived table's columns can be asked for by these names; those of expressions may have been changed on the way. */
function areTheirOwn(names: readonly string[]): boolean {
  return !ambiguous(names) && names.every((name) => /^[\p{L}\p{N}_$]{1,64}$/u.test(name))
}

function keyIndex(names: readonly string[], key: string): number {
  const found = names.flatMap((name, index) => (name === key ? [index] : []))
  if (found.length === 1) return found[0]!
  if (found.length === 0) {
    throw new QueryFailed(`The query gives no column ${key}, which is the export's key; it has ${names.join(', ')}`)
  }
  throw new QueryFailed(`The query has two columns called ${key}, which is the export's key: rename one with AS`)
}

function nameOf(index: number): string {
  return `c${index}`
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
