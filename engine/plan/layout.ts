/** From a query's columns to the file's: which are written, in which order, under which headings. */
import type { FileColumn, Language } from '../../statemachine/contract.ts'
import { QueryFailed } from '../../statemachine/errors.ts'
import { type ColumnType, type Export, localize } from '../catalogue.ts'
import type { ColumnFormat } from '../formats/display/number.ts'
import { misfitOfFormat } from '../formats/display.ts'
import type { Column, SourceColumn } from '../rows/column.ts'
import { transformedColumns } from '../rows/transform.ts'

export interface Layout {
  /** As the format sees them: after the `row` function where there is one. */
  columns: readonly Column[]
  fieldCount: number
  /** As the manifest tells them. */
  described: FileColumn[]
}

/** Throws QueryFailed when the query lacks a column that the file is to have, or it cannot be shown in its format. */
export function layOut(definition: Export, source: readonly SourceColumn[], language: Language): Layout {
  const names = source.map((column) => column.name)
  const twice = names.find((name, index) => Object.hasOwn(definition.columns, name) && names.indexOf(name) !== index)
  if (twice !== undefined)
    throw new QueryFailed(`The query of ${definition.name} has two columns called ${twice}: rename one with AS`)
  const columns = Object.entries(definition.columns).map(([name, { heading, format, type }]): Column => {
    const index = names.indexOf(name)
    const found = index === -1 ? (definition.row ? computed(name, type ?? typeOfFormat(format)) : null) : source[index]!
    if (!found) {
      throw new QueryFailed(`The query of ${definition.name} gives no column ${name}; it has ${names.join(', ')}`)
    }
    if (type !== null && index !== -1) {
      throw new QueryFailed(
        `The column ${name} of ${definition.name} has the query’s own type, ${found.kind}: leave out its type, or give it another name`,
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

/** JavaScript’s numbers are doubles. */
const KINDS = { text: 'text', number: 'float', date: 'date', datetime: 'datetime', json: 'json' } as const

/** A column that only the `row` function makes. Never typed by what it returns: the first row of each chunk might say another type. */
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
