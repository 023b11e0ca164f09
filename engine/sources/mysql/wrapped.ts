/** Wraps a query so that it can be cut by its key and put into the key's order. */
import { QueryFailed } from '../../../statemachine/errors.ts'
import type { RangeQuery } from '../source.ts'

export interface Wrapped {
  /** What follows SELECT: every column. */
  all: string
  /** What precedes the SELECT. */
  before: string
  /** What follows FROM. */
  from: string
  /** The key's column; undefined if there is no key. */
  key: string | undefined
}

/**
 * Wraps a query's text as `carryout`. The columns of a derived table must have distinct names; if they do not, as in
 * `SELECT a.*, b.*`, ours replace them. MariaDB accepts such a list only in a WITH, which both products merge like a
 * derived table; there the ORDER BY of a UNION can no longer use the query's own names.
 */
export function wrap({ key, names, floats }: Pick<RangeQuery, 'key' | 'names' | 'floats'>, text: string): Wrapped {
  // The line breaks end a comment at the end of the query.
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

/** Returns the names if the query must be wrapped with ours; undefined if its own are distinct. */
export function ambiguous(names: readonly string[]): readonly string[] | undefined {
  // The database ignores the case of column names.
  return new Set(names.map((name) => name.toLowerCase())).size < names.length ? names : undefined
}

/** Whether a derived table's columns can be selected by these names; the server may change those of expressions. */
function areTheirOwn(names: readonly string[]): boolean {
  return !ambiguous(names) && names.every((name) => /^[\p{L}\p{N}_$]{1,64}$/u.test(name))
}

function keyIndex(names: readonly string[], key: string): number {
  const found = names.flatMap((name, index) => (name === key ? [index] : []))
  if (found.length === 1) return found[0]!
  if (found.length === 0) {
    throw new QueryFailed(`The query returns no column ${key}, which is the export's key; it has ${names.join(', ')}`)
  }
  throw new QueryFailed(`The query has two columns named ${key}, which is the export's key: rename one with AS`)
}

function nameOf(index: number): string {
  return `c${index}`
}

export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}
