import type { Row, Value } from './value.ts'

/**
 * Makes rows from lists of values, and finds what a `row` function changed in them. Both functions are compiled from
 * the columns' names: objects made in one place share a hidden class, so reading a property is a single load.
 */
export interface RowShape {
  toRow(values: readonly Value[]): Row
  /** Finds the columns whose values changed, in the file's order. @returns how many there are */
  findChanges(row: { [column: string]: unknown }, given: readonly Value[], changes: Changes): number
}

export interface Changes {
  columns: Int32Array
  /** The values that the row has; undefined for a missing column. */
  values: unknown[]
}

/**
 * @param given names of the columns of the rows that are made
 * @param taken the file's columns, each with the index of the given value that it equals while unchanged; -1 if it is
 * always written
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

/**
 * Brackets keep `__proto__` from setting the object's prototype; other names do without them, because brackets are
 * slower.
 */
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}
