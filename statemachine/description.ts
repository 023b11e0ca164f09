/** What a catalogue says of itself to those who cannot import it: forms for requests are made of it. */
import type { Compression, Encoding, Format, Language } from './request.ts'

/** An export of the deployed catalogue. */
export interface ExportDescription {
  name: string
  title: Record<Language, string>
  /** JSON Schema (2020-12) of the parameters: an object, with `properties` and `required`. */
  params: ParamsSchema
  /** The first of each is the default. */
  formats: readonly Format[]
  compressions: readonly Compression[]
  encodings: readonly Encoding[]
  /** The headings of the file's columns, in their order. */
  columns: Record<Language, string>[]
  /** Whether it can be continued, since it has a key. */
  resumable: boolean
  parallelism: number
  maxRows: number | null
  schedules: readonly ScheduleDescription[]
}

/** A request by the clock. */
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

/** As much of JSON Schema as a form's field shows; whatever else it says is checked by `Prepare`. */
export interface ParamSchema {
  type?: string
  format?: string
  enum?: readonly unknown[]
  description?: string
  default?: unknown
  minimum?: number
  maximum?: number
}
