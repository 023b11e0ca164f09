/** Generates the source of an export of one table. */
import { type ExportNames, namesOfColumns } from './names.ts'
import { inTemplate, literal, property } from './source-text.ts'
import type { ChosenTable } from './tables.ts'

export interface ExportSource extends ExportNames {
  /** Example parameters, as JSON. */
  params: string
  code: string
}

const PLAIN_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
/** An export of the shop in `seed.sql`. */
export const sampleExport: ExportSource = {
  name: 'orders',
  constant: 'orders',
  params: '{"from":"2026-01-01","to":"2026-02-01"}',
  code: `import { defineExport, sql, z } from 'carryout'

export const orders = defineExport({
  name: 'orders',
  title: 'Orders',
  // A request’s parameters. Their values reach the database as bound parameters only.
  params: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
  query: ({ from, to }) => sql\`SELECT id, ordered_at, customer, amount FROM orders
                               WHERE ordered_at >= \${from} AND ordered_at < \${to}\`,
  // Unique and never NULL: the file is in its order, and it makes long exports resumable.
  key: 'id',
  columns: { id: 'Order no.', ordered_at: 'Ordered at', customer: 'Customer', amount: 'Amount' },
})
`,
}

/** Exports all columns and rows of the table. Its primary key is the export's key if it has one column. */
export function exportOf(table: ChosenTable, { name, constant }: ExportNames): ExportSource {
  const quote = (identifier: string) => quoted(identifier, table.reserved)
  const names = namesOfColumns(table.columns)
  const selected = [...names].map(([column, as]) =>
    column === as ? quote(column) : `${quote(column)} AS ${quote(as)}`,
  )
  const key =
    table.primaryKey.length === 1
      ? `  // Unique and never NULL: the file is in its order, and it makes long exports resumable.
  key: ${literal(names.get(table.primaryKey[0]!)!)},
`
      : `  // Without a key (one column that is unique and never NULL) the export must fit into one invocation of 15 minutes.
`
  const columns = [...names].map(([column, as]) => `    ${property(as)}: ${literal(title(column))},\n`)
  const code = `import { defineExport, sql } from 'carryout'

export const ${constant} = defineExport({
  name: ${literal(name)},
  title: ${literal(title(table.name))},
  query: () => sql\`SELECT ${inTemplate(selected.join(', '))}
                   FROM ${inTemplate(quote(table.name))}\`,
${key}  columns: {
${columns.join('')}  },
})
`
  return { name, constant, params: '{}', code }
}

function quoted(identifier: string, reserved: ReadonlySet<string> | undefined): string {
  const isPlain = PLAIN_IDENTIFIER.test(identifier) && reserved && !reserved.has(identifier.toUpperCase())
  return isPlain ? identifier : `\`${identifier.replaceAll('`', '``')}\``
}

/** Makes a title: \`ordered_at\` becomes “Ordered at”. */
function title(name: string): string {
  const words = name.replaceAll(/[_\s]+/g, ' ').trim() || name
  return words[0]!.toUpperCase() + words.slice(1)
}
