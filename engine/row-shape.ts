import type { Row, Value } from './catalogue.ts'

/**
 * Rows of known columns, to and from lists of values. Both ways are compiled from the columns' names: objects that are all made
 * in one place have one shape, and taking a value out of them is then a single load. It halves what a `row` function costs.
 */
export interface RowShape {
  toRow(values: readonly Value[]): Row
  /** @param values are overwritten; undefined where the row has no such column */
  fromRow(row: { [column: string]: unknown }, values: unknown[]): void
}

/**
 * @param given the columns of rows that are made
 * @param taken the columns that are taken out
 */
export function rowShape(given: readonly string[], taken: readonly string[]): RowShape {
  const fields = given.map((name, index) => `${propertyName(name)}: values[${index}]`)
  const loads = taken.map((name, index) => `values[${index}] = row[${JSON.stringify(name)}]`)
  return {
    toRow: new Function('values', `return { ${fields.join(', ')} }`) as RowShape['toRow'],
    fromRow: new Function('row', 'values', loads.join('\n')) as RowShape['fromRow'],
  }
}

/** Without brackets it would be the object's prototype; they cost time. */
function propertyName(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name)
}
