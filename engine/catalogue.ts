import type { Sql } from 'sql-template-tag'
import * as z from 'zod'
import type { Compression, Encoding, Format, Language } from '../statemachine/contract.ts'
import { COMPRESSIONS, ENCODINGS, FORMATS } from '../statemachine/contract.ts'
import { UnknownExport } from '../statemachine/errors.ts'
import { nearest } from '../statemachine/nearest.ts'
import { problemsIn } from '../statemachine/problems.ts'
import type { ColumnFormat } from './formats/display/number.ts'
import { problemOfFormat } from './formats/display.ts'
import type { CsvOptions } from './formats/format.ts'
import { isTimeZone } from './plan/time-zone.ts'
import type { Row, Written } from './rows/value.ts'
import { type Schedule, ScheduleSchema, SchedulesSchema } from './schedule.ts'

export { default as sql, empty, join, raw, Sql } from 'sql-template-tag'
export { z } from 'zod'
export type { Row, Value, Written } from './rows/value.ts'
export type { Schedule, ScheduledTime } from './schedule.ts'

/** One text for every language, or one per language. */
export type Localized = string | { readonly en: string; readonly ja?: string }

/** A column of the file: either its heading alone, or its heading with options. */
export type ColumnDefinition = Localized | ColumnOptions

/** The type of a column that the query does not have. */
export type ColumnType = (typeof COLUMN_TYPES)[number]
const COLUMN_TYPES = ['text', 'number', 'date', 'datetime', 'json'] as const

export interface ColumnOptions {
  heading: Localized
  /**
   * The type of a column that only the `row` function produces: a number in JSON Lines, XLSX and Parquet, a date in
   * XLSX and Parquet, JSON in JSON Lines. By default the type that `format` implies, otherwise `text`. A column of the
   * query always keeps the query's type.
   */
  type?: ColumnType
  /**
   * How values are shown in CSV, TSV, JSON Lines and XLSX: `{ decimals: 2, grouping: true }` for a number, `'yyyy/MM/dd
   * HH:mm'` for a date. By default values are written as the database writes them. Parquet does not support formats.
   */
  format?: ColumnFormat
}

export interface ExportDefinition<Params extends z.ZodObject = z.ZodObject> {
  /**
   * The name by which a request refers to the export: lower-case letters, digits and hyphens, beginning with a letter.
   */
  name: string
  /** Used in the file's name and in the e-mail. */
  title: Localized
  /** Schema of a request's `params`; `z.strictObject({})` (no parameters) by default. */
  params?: Params
  /** Values interpolated into the template become bound parameters. */
  query: (params: z.output<Params>) => Sql
  /** A unique column that is never NULL. It makes the export resumable, and the file is ordered by it. */
  key?: string
  /**
   * The file's columns in their order: the query's column name → its heading. Columns not listed are left out of the
   * file.
   */
  columns: { readonly [column: string]: ColumnDefinition }
  /** Called once per row. It must return a value for every column, synchronously. */
  row?: (row: Row) => { [column: string]: Written }
  /** Formats that a request may choose from; the first is the default. `csv` alone by default. */
  formats?: readonly [Format, ...Format[]]
  /** Compressions that a request may choose from; `none` alone by default. */
  compressions?: readonly [Compression, ...Compression[]]
  /** Encodings that a CSV or TSV request may choose from; `utf-8` and `utf-8-bom` by default. */
  encodings?: readonly [Encoding, ...Encoding[]]
  /** How many ranges are exported at once; 1 by default. Needs a key. */
  parallelism?: number
  /** More rows than this are an error (`TooManyRows`), never a truncated file; no limit by default. */
  maxRows?: number
  /** Options for CSV and TSV. */
  csv?: CsvOptions
  /**
   * The session's time zone, in which TIMESTAMP columns are written: an offset such as `+09:00`, or a name if the
   * server has time zone tables. The stack's time zone by default.
   */
  timeZone?: string
  /** Scheduled requests by name: `{ daily: { expression: 'cron(0 6 * * ? *)', … } }`. None by default. */
  schedules?: { readonly [name: string]: Schedule<z.input<Params>> }
}

/** A definition with its defaults filled in. */
export interface Export {
  readonly name: string
  readonly title: Localized
  readonly params: z.ZodObject
  readonly query: (params: never) => Sql
  readonly key: string | null
  readonly columns: {
    readonly [column: string]: {
      readonly heading: Localized
      readonly type: ColumnType | null
      readonly format: ColumnFormat | null
    }
  }
  readonly row: ((row: Row) => { [column: string]: Written }) | null
  readonly formats: readonly Format[]
  readonly compressions: readonly Compression[]
  readonly encodings: readonly Encoding[]
  readonly parallelism: number
  readonly maxRows: number | null
  readonly csv: CsvOptions
  readonly timeZone: string | null
  readonly schedules: { readonly [name: string]: Schedule }
}

const LANGUAGES = z.strictObject({ en: z.string().min(1), ja: z.string().min(1).optional() })
const localized = z.union([z.string().min(1), LANGUAGES], 'must be a text, or { en, ja } with at least en')
const isFunction = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function')
const oneOrMore = <T extends readonly [string, ...string[]]>(values: T) =>
  z.array(z.enum(values, `must be one of ${values.join(', ')}`)).min(1)
/** JavaScript orders such property names before all others, regardless of the order in the source. */
const INTEGER_NAME = /^(?:0|[1-9]\d*)$/

const Csv = z.strictObject({
  delimiter: z
    .string()
    .regex(/^[^?~]*$/, 'must not be ? or ~, which CP932 writes in place of other characters')
    // Characters that occur in numbers, dates and base64 are not allowed.
    .regex(/^[\t !#$%&'()*,:;<>?@^_`{|}~]$/, 'must be a tab or one sign such as , ; |')
    .optional(),
  lineEnding: z.enum(['\r\n', '\n']).optional(),
  nullText: z
    .string()
    .regex(/^[^"\r\n\t]*$/, 'must hold no quote, tab or line break')
    .optional(),
  alwaysQuote: z.boolean().optional(),
  neutralizeFormulas: z.boolean().optional(),
  unmappable: z.enum(['error', 'replace']).optional(),
} satisfies Record<keyof CsvOptions, z.ZodType>)
const ColumnSchema = z.strictObject({
  heading: localized,
  type: z.enum(COLUMN_TYPES, `must be one of ${COLUMN_TYPES.join(', ')}`).optional(),
  format: z.unknown().optional(),
} satisfies Record<keyof ColumnOptions, z.ZodType>)

/** Checks what TypeScript cannot check for a JavaScript caller: unknown keys, bad names, empty lists. */
const Definition = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be 1 to 64 of a-z 0-9 - and begin with a letter'),
  title: localized,
  params: z
    .custom<z.ZodObject>((value) => value instanceof z.ZodObject, 'must be a z.strictObject({ … })')
    .refine((schema) => schema?.def?.catchall instanceof z.ZodNever, 'must be strict: a mistyped parameter is an error')
    .optional(),
  query: isFunction,
  key: z.string().min(1).optional(),
  columns: z
    .record(z.string(), ColumnSchema)
    .refine((columns) => Object.keys(columns).length > 0, 'must name a column'),
  row: isFunction.optional(),
  formats: oneOrMore(FORMATS).optional(),
  compressions: oneOrMore(COMPRESSIONS).optional(),
  encodings: oneOrMore(ENCODINGS).optional(),
  parallelism: z.int().min(1).max(100).optional(),
  maxRows: z.int().min(1).optional(),
  csv: Csv.optional(),
  timeZone: z
    .string()
    .refine(isTimeZone, 'must be an offset such as +09:00, or the name of a time zone such as Asia/Tokyo')
    .optional(),
  schedules: SchedulesSchema.optional(),
})

/** Checks a definition and fills in its defaults. Throws a TypeError that names everything that is wrong with it. */
export function defineExport<Params extends z.ZodObject>(definition: ExportDefinition<Params>): Export {
  const columns = columnsOf(definition?.columns)
  const checked = Definition.safeParse({ ...definition, columns })
  const problems = checked.success ? [] : problemsIn(checked.error, { known: optionsAt, between: ': ' })
  const formats = Array.isArray(definition?.formats) ? definition.formats : ['csv' as const]
  for (const [name, column] of Object.entries(columns ?? {})) {
    const problem = column.format === undefined ? null : problemOfFormat(column.format, formats)
    if (problem) problems.push(`columns.${name}.format: ${problem}`)
    if (column.type !== undefined && !definition.row) {
      problems.push(
        `columns.${name}.type: is only for a column that a row function makes, and the export has no row function: leave it out`,
      )
    }
  }
  problems.push(...problemsOfNames(columns ?? {}, formats))
  // In TSV the delimiter is a tab, which `nullText` may never contain.
  const { delimiter = ',', nullText = '' } = (checked.success && definition.csv) || {}
  if (formats.includes('csv') && nullText.includes(delimiter))
    problems.push('csv.nullText: must not hold the delimiter')
  if (checked.success && (definition.parallelism ?? 1) > 1 && !definition.key) {
    problems.push('parallelism needs a key to divide the rows by')
  }
  if (problems.length > 0) {
    throw new TypeError(
      `The export ${JSON.stringify(definition?.name ?? '(no name)')} is not valid: ${problems.join('; ')}`,
    )
  }
  return Object.freeze({
    name: definition.name,
    title: definition.title,
    params: definition.params ?? z.strictObject({}),
    query: definition.query as Export['query'],
    key: definition.key ?? null,
    columns: mapValues(columns as NonNullable<typeof columns>, ({ heading, type = null, format = null }) => ({
      heading,
      type,
      format,
    })),
    row: definition.row ?? null,
    formats,
    compressions: definition.compressions ?? ['none'],
    encodings: definition.encodings ?? ['utf-8', 'utf-8-bom'],
    parallelism: definition.parallelism ?? 1,
    maxRows: definition.maxRows ?? null,
    csv: definition.csv ?? {},
    timeZone: definition.timeZone ?? null,
    schedules: (definition.schedules ?? {}) as Export['schedules'],
  } satisfies Export)
}

function problemsOfNames(columns: Record<string, ColumnOptions>, formats: readonly string[]): string[] {
  const numbers = Object.keys(columns).filter((name) => INTEGER_NAME.test(name))
  const problems = numbers.map(
    (name) =>
      `columns.${name}: a column named by a number loses its place in the order: rename it in the query with AS`,
  )
  if (Object.hasOwn(columns, '__proto__')) {
    problems.push('columns.__proto__: cannot be a property name in JavaScript: rename it in the query with AS')
  }
  if (!formats.includes('parquet')) return problems
  for (const language of LANGUAGES.keyof().options) {
    const seen = new Map<string, string>()
    for (const [name, { heading }] of Object.entries(columns)) {
      if (!localized.safeParse(heading).success) continue
      // Some Parquet readers look columns up by name without regard to case.
      const text = localize(heading, language).toLowerCase()
      const other = seen.get(text)
      if (other !== undefined) {
        problems.push(`columns.${name}: has the same heading as ${other}, and column names must be unique in Parquet`)
        break
      }
      seen.set(text, name)
    }
  }
  return [...new Set(problems)]
}

/** Returns each column in its long form. Anything that is not an object is left for the schema check to refuse. */
function columnsOf(columns: unknown): Record<string, ColumnOptions> | undefined {
  if (typeof columns !== 'object' || columns === null) return undefined
  return mapValues(columns as Record<string, ColumnDefinition>, (column) =>
    typeof column === 'object' && column !== null && !('en' in column) ? column : { heading: column },
  )
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}

function optionsAt(path: readonly PropertyKey[]): readonly string[] {
  return Object.keys(schemaAt(path.map(String)).shape)
}

function schemaAt(path: readonly string[]): z.ZodObject {
  const [option, ...below] = path
  if (option === undefined) return Definition
  if (option === 'title') return LANGUAGES
  if (option === 'csv') return Csv
  if (option === 'schedules') return ScheduleSchema
  // A column, or its heading.
  return below.length > 1 ? LANGUAGES : ColumnSchema
}

export interface Catalogue {
  readonly names: readonly string[]
  /** Returns the export with this name. @throws UnknownExport */
  get(name: string): Export
}

/** Makes a catalogue of all exports of an app. Throws a TypeError when two have the same name, or one is not an export. */
export function defineCatalogue(exports: readonly Export[]): Catalogue {
  if (!Array.isArray(exports)) throw new TypeError('defineCatalogue takes a list: defineCatalogue([orders, customers])')
  const byName = new Map<string, Export>()
  for (const [at, each] of (exports as readonly Export[]).entries()) {
    if (typeof each?.name !== 'string') throw new TypeError(problemOfEntry(each, at + 1, exports.length))
    if (byName.has(each.name))
      throw new TypeError(`Two exports are called ${JSON.stringify(each.name)}: rename one of them`)
    byName.set(each.name, each)
  }
  const names = [...byName.keys()]
  return {
    names,
    get(name) {
      const found = byName.get(name)
      if (found) return found
      const meant = nearest(name, names)
      throw new UnknownExport(
        `There is no export ${JSON.stringify(name)}${meant ? `; did you mean ${JSON.stringify(meant)}?` : '.'} The catalogue has ${names.join(', ') || 'none'}.`,
      )
    },
  }
}

function problemOfEntry(value: unknown, position: number, count: number): string {
  const which = `The catalogue's export ${position} of ${count}`
  if (value !== undefined) return `${which} is not an export. Make it with defineExport({ … }).`
  return `${which} is undefined. The module that defines it was probably not loaded yet because of a circular import: an export must not import the catalogue. Otherwise check the import's name.`
}

/** Returns the text in a language, or the English text if there is none in that language. */
export function localize(text: Localized, language: Language): string {
  return typeof text === 'string' ? text : (text[language] ?? text.en)
}
