/** Chooses names for generated exports that cannot collide with each other, with JavaScript or with the generated files. */

export interface ExportNames {
  /** The export's name, which is also its file's name in `exports/`. */
  name: string
  /** The name of the constant in that file. */
  constant: string
}

const MAX_LENGTH = 64
/** The catalogue's own file, and the names that Windows reserves for devices. */
const RESERVED_FILES = /^(index|con|prn|aux|nul|com\d|lpt\d)$/
/** Names that a module cannot declare, or that the generated files import, export or reserve in a CommonJS app. */
const RESERVED_CONSTANTS = new Set(
  `arguments async await break case catch class const continue debugger default delete do else enum eval export extends false
   finally for function if implements import in instanceof interface let new null of package private protected public return
   static super switch this throw true try type typeof undefined var void while with yield
   catalogue defineCatalogue defineExport sql z
   exports module require`.split(/\s+/),
)
/** An app of such a name could not install or import the package of the same name. */
const RESERVED_PACKAGES = new Set(['aws-cdk', 'aws-cdk-lib', 'carryout', 'constructs', 'favicon-ico', 'node-modules'])

/**
 * Names the exports of all tables, so that the name of each is the same whichever table is chosen.
 *
 * @param tables table names, in a fixed order
 * @returns the names by table name
 */
export function namesOfExports(tables: readonly string[]): Map<string, ExportNames> {
  const names = new Map<string, ExportNames>()
  const taken = new Set<string>()
  const take = (table: string, name: string) => {
    const constant = constantName(name)
    if (taken.has(`${name}.ts`) || taken.has(constant.toLowerCase())) return false
    taken.add(`${name}.ts`).add(constant.toLowerCase())
    names.set(table, { name, constant })
    return true
  }
  // A table with a name of its own keeps it, however many others would like it too.
  const others = tables.filter((table) => !take(table, exportName(table)))
  for (const table of others) {
    for (let number = 2; !take(table, numbered(exportName(table), number)); number++);
  }
  return names
}

/** Returns 1 to 64 lower-case letters, digits and hyphens, beginning with a letter. */
function exportName(table: string): string {
  const plain = hyphenated(table)
  const name = /^[a-z]/.test(plain) ? plain : `table-${plain}`.replace(/-$/, '')
  return numbered(RESERVED_FILES.test(name) ? `${name}-export` : name, '')
}

function numbered(name: string, number: number | ''): string {
  const end = number === '' ? '' : `-${number}`
  return name.slice(0, MAX_LENGTH - end.length).replace(/-+$/, '') + end
}

function constantName(name: string): string {
  const camel = name.replaceAll(/-+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  return RESERVED_CONSTANTS.has(camel) ? `${camel}Export` : camel
}

/** Returns a name for the app's package that npm accepts and that is not the name of a dependency. */
export function packageName(folder: string): string {
  const name = hyphenated(folder) || 'downloads'
  return RESERVED_PACKAGES.has(name) ? `${name}-app` : name
}

function hyphenated(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
}

/**
 * Returns the names of a table's columns in the file. A column whose name a property cannot have in its place, such as
 * `2024`, gets another one.
 *
 * @returns by the column's name in the table
 */
export function namesOfColumns(columns: readonly string[]): Map<string, string> {
  const taken = new Set(columns.map((column) => column.toLowerCase()))
  return new Map(
    columns.map((column) => {
      if (!/^\d+$|^__proto__$/i.test(column)) return [column, column]
      let name = `column_${column.replaceAll('_', '')}`
      while (taken.has(name)) name += '_'
      taken.add(name)
      return [column, name]
    }),
  )
}
