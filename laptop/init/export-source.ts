/** Generates the source of an export of one table. */
import type { ChosenTable } from './tables.ts'

export interface ExportSource {
  /** The export's name, which is also its file's name in `exports/`. */
  name: string
  /** The constant's name. */
  constant: string
  /** Example parameters, as JSON. */
  params: string
  code: string
}

const PLAIN_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/
/** Names that a constant cannot have. */
const JAVASCRIPT_WORDS = new Set(
  `await break case catch class const continue debugger default delete do else enum export extends false finally for function if
   implements import in instanceof interface let new null package private protected public return static super switch this throw
   true try typeof var void while with yield`.split(/\s+/),
)

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
export function exportOf(table: ChosenTable): ExportSource {
  const name = exportName(table.name)
  const constant = constantName(name)
  const quote = (identifier: string) => quoted(identifier, table.reserved)
  const key =
    table.primaryKey.length === 1
      ? `  // Unique and never NULL: the file is in its order, and it makes long exports resumable.
  key: ${literal(table.primaryKey[0]!)},
`
      : `  // Without a key (one column that is unique and never NULL) the export must fit into one invocation of 15 minutes.
`
  const columns = table.columns.map((column) => `    ${property(column)}: ${literal(title(column))},\n`)
  const code = `import { defineExport, sql } from 'carryout'

export const ${constant} = defineExport({
  name: ${literal(name)},
  title: ${literal(title(table.name))},
  query: () => sql\`SELECT ${inTemplate(table.columns.map(quote).join(', '))}
                   FROM ${inTemplate(quote(table.name))}\`,
${key}  columns: {
${columns.join('')}  },
})
`
  return { name, constant, params: '{}', code }
}

/** Lower-case letters, digits and hyphens. */
function exportName(table: string): string {
  const name = table
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  return /^[a-z]/.test(name) ? name : `table-${name}`.replace(/-$/, '')
}

function constantName(name: string): string {
  const camel = name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return JAVASCRIPT_WORDS.has(camel) ? `${camel}Export` : camel
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

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : literal(name)
}

function literal(text: string): string {
  const json = JSON.stringify(text).slice(1, -1)
  return `'${json.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function inTemplate(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')
}
