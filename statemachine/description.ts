/** A description of a catalogue for programs that cannot import it, such as request forms. */
import type { Compression, Encoding, Format, Language } from './request.ts'

/** An export of the deployed catalogue. */
export interface ExportDescription {
  name: string
  title: Record<Language, string>
  /** JSON Schema (2020-12) of the parameters: an object, with `properties` and `required`. */
  params: ParamsSchema
  /** The first format is the default; the same applies to the lists below. */
  formats: readonly Format[]
  compressions: readonly Compression[]
  encodings: readonly Encoding[]
  /** The headings of the file's columns, in order. */
  columns: Record<Language, string>[]
  /** Whether it can be continued, which requires a key. */
  resumable: boolean
  parallelism: number
  maxRows: number | null
  schedules: readonly ScheduleDescription[]
}

/** A scheduled request. */
export interface ScheduleDescription {
  name: string
  /** `cron(…)` or `rate(…)`. */
  expression: string
  timeZone: string
  recipients: readonly string[]
  enabled: boolean
}

export interface ParamsSchema {
  properties: Record<string, ParamSchema>
  required: readonly string[]
}

/** The part of JSON Schema that a form shows. `Prepare` checks the rest. */
export interface ParamSchema {
  type?: string
  format?: string
  enum?: readonly unknown[]
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
}
