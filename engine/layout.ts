/** From a query's columns to the file's: which are written, in which order, under which headings. */
import type { FileColumn, Language } from '../statemachine/contract.ts'
import type { Column, SourceColumn } from './batch.ts'
import { type Export, localize } from './catalogue.ts'
import { QueryFailed } from './errors.ts'
import { type ColumnFormat, misfitOfFormat } from './formats/display.ts'
import { transformedColumns } from './transform.ts'

export interface Layout {
  /** As the format sees them: behind the `row` function where there is one. */
  columns: readonly Column[]
  fieldCount: number
  /** As the manifest tells them. */
  described: FileColumn[]
}

/** Throws QueryFailed when the query lacks a column that the file is to have, or it cannot be shown in its format. */
export function layOut(definition: Export, source: readonly SourceColumn[], language: Language): Layout {
  const names = source.map((column) => column.name)
  const twice = names.find((name, index) => name in definition.columns && names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new QueryFailed(`The query of ${definition.name} has two columns called ${twice}: rename one with AS`)
  const columns = Object.entries(definition.columns).map(([name, { heading, format }]): Column => {
    const index = names.indexOf(name)
    const found = index === -1 ? (definition.row ? computed(name, format) : null) : source[index]!
    if (!found) {
      throw new QueryFailed(`The query of ${definition.name} gives no column ${name}; it has ${names.join(', ')}`)
    }
    const column = { ...found, index, heading: localize(heading, language), format, transformedFrom: null }
    const misfit = misfitOfFormat(column)
    if (misfit) throw new QueryFailed(`The column ${name} of ${definition.name} ${misfit}`)
    return column
  })
  const written = definition.row ? transformedColumns(columns) : columns
  return {
    columns: written,
    fieldCount: definition.row ? written.length : source.length,
    described: columns.map(({ name, heading, kind }) => ({ name, heading, type: kind })),
  }
}

/** A column that only the `row` function makes. Its format says that it is more than text. */
function computed(name: string, format: ColumnFormat | null): SourceColumn {
  const kind = format === null ? 'text' : typeof format === 'string' ? 'datetime' : 'decimal'
  return {
    name,
    kind,
    unsigned: false,
    nullable: true,
    precision: null,
    scale: null,
    zerofill: false,
    enumerated: false,
  }
}
