import type { Row, Value } from './catalogue.ts'

/**
 * Rows of known columns, to and from lists of values. Both ways are compiled from the columns' names: objects that are all made
 * in one place have one shape, and taking a value out of them is then a single load. It halves what a `row` function costs.
 */
export interface RowShape {
  toRow(values: readonly Value[]): Row
  /** Finds the columns that are not as they were given, in the file's order. @returns how many those are */
  changes(row: { [column: string]: unknown }, values: readonly Value[], changed: Changes): number
}

export interface Changes {
  columns: Int32Array
  /** What the row has there; undefined where it has no such column. */
  values: unknown[]
}

/**
 * @param given the columns of rows that are made
 * @param taken the columns that are taken out, and which of the given ones each may be; -1 when none
 */
export function rowShape(given: readonly string[], taken: ReadonlyMap<string, number>): RowShape {
  const fields = given.map((name, index) => `${propertyName(name)}: values[${index}]`)
  const changes = Array.from(taken, ([name, index], column) => {
    const load = `value = row[${JSON.stringify(name)}]`
    const keep = `columns[count] = ${column}; written[count++] = value`
    return index === -1 ? `${load}; ${keep}` : `if ((${load}) !== values[${index}]) { ${keep} }`
  })
  return {
    toRow: new Function('values', `return { ${fields.join(', ')} }`) as RowShape['toRow'],
    changes: new Function(
      'row',
      'values',
      'changed',
      ['const { columns, values: written } = changed; let count = 0, value', ...changes, 'return count'].join('\n'),
    ) as RowShape['changes'],
  }
}

/** Without brackets it would be the object's prototype; they cost time. */
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}
