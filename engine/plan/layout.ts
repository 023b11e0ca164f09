/** Maps a query's columns to the file's: which ones are written, in which order, under which headings. */
import type { FileColumn, Language } from '../../statemachine/contract.ts'
import { QueryFailed } from '../../statemachine/errors.ts'
import { type ColumnType, type Export, localize } from '../catalogue.ts'
import type { ColumnFormat } from '../formats/display/number.ts'
import { misfitOfFormat } from '../formats/display.ts'
import type { Column, SourceColumn } from '../rows/column.ts'
import { transformedColumns } from '../rows/transform.ts'

export interface Layout {
  /** The columns as the format sees them, after the `row` function if there is one. */
  columns: readonly Column[]
  fieldCount: number
  /** The columns as the manifest describes them. */
  described: FileColumn[]
}

/** Throws QueryFailed if the query lacks one of the file's columns, or a column cannot be shown in its format. */
export function layOut(definition: Export, source: readonly SourceColumn[], language: Language): Layout {
  const names = source.map((column) => column.name)
  const twice = names.find((name, index) => Object.hasOwn(definition.columns, name) && names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new QueryFailed(`The query of ${definition.name} has two columns named ${twice}: rename one with AS`)
  const columns = Object.entries(definition.columns).map(([name, { heading, format, type }]): Column => {
    const index = names.indexOf(name)
    const found = index === -1 ? (definition.row ? computed(name, type ?? typeOfFormat(format)) : null) : source[index]!
    if (!found) {
      throw new QueryFailed(`The query of ${definition.name} returns no column ${name}; it has ${names.join(', ')}`)
    }
    if (type !== null && index !== -1) {
      throw new QueryFailed(
        `The column ${name} of ${definition.name} comes from the query with the type ${found.kind}: remove its type, or rename it`,
      )
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

/** JavaScript's numbers are doubles. */
const KINDS = { text: 'text', number: 'float', date: 'date', datetime: 'datetime', json: 'json' } as const

/**
 * A column that only the `row` function produces. Its type is declared and never inferred from a value, because the
 * first rows of two chunks might differ.
 */
function computed(name: string, type: ColumnType): SourceColumn {
  return {
    name,
    kind: KINDS[type],
    unsigned: false,
    nullable: true,
    precision: type === 'number' ? 8 : null,
    scale: null,
    zerofill: false,
    sortsBy: 'value',
  }
}

function typeOfFormat(format: ColumnFormat | null): ColumnType {
  if (format === null) return 'text'
  return typeof format === 'string' ? 'datetime' : 'number'
}
