import type { Row, Value } from './value.ts'

/**
 * Makes rows of lists of values, and finds what a `row` function has changed in them. Both are compiled from the columns' names:
 * objects that are all made in one place have one shape, and taking a value out of them is then a single load.
 */
export interface RowShape {
  toRow(values: readonly Value[]): Row
  /** Finds the columns that are not as they were given, in the file's order. @returns how many those are */
  findChanges(row: { [column: string]: unknown }, given: readonly Value[], changes: Changes): number
}

export interface Changes {
  columns: Int32Array
  /** What the row has there; undefined where it has no such column. */
  values: unknown[]
}

/**
 * @param given the columns of rows that are made
 * @param taken the file's columns, each with the index of the given value that it equals while unchanged; -1 where it is always
 *   written again
 */
export function rowShape(given: readonly string[], taken: ReadonlyMap<string, number>): RowShape {
  const fields = given.map((name, index) => `${propertyName(name)}: values[${index}]`)
  const checks = Array.from(taken, ([name, index], column) => {
    const load = `value = row[${JSON.stringify(name)}]`
    const record = `columns[count] = ${column}; values[count++] = value`
    return index === -1 ? `${load}; ${record}` : `if ((${load}) !== given[${index}]) { ${record} }`
  })
  return {
    toRow: new Function('values', `return { ${fields.join(', ')} }`) as RowShape['toRow'],
    findChanges: new Function(
      'row',
      'given',
      'changes',
      ['const { columns, values } = changes; let count = 0, value', ...checks, 'return count'].join('\n'),
    ) as RowShape['findChanges'],
  }
}

/** Without brackets it would be the object's prototype; they cost time. */
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}
