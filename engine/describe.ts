/** What a catalogue is, as plain data: for the construct while the stack is synthesized, and for forms. */
import * as z from 'zod'
import type { ExportDescription, ParamsSchema, ScheduleDescription } from '../statemachine/description.ts'
import { type Catalogue, type Export, type Localized, localize } from './catalogue.ts'
import { problemsOfShape } from './plan/shape.ts'

export interface ExportSummary {
  name: string
  parallelism: number
  /** Sentences about what can never succeed. */
  problems: string[]
  schedules: ScheduleDescription[]
}

/** @param catalogue what the app's module exports by that name */
export function describeCatalogue(catalogue: unknown): ExportSummary[] | undefined {
  if (!isCatalogue(catalogue)) return undefined
  return catalogue.names.map((name) => {
    const definition = catalogue.get(name)
    const schedules = schedulesOf(definition)
    return { name, parallelism: definition.parallelism, problems: problemsOfShape(definition), schedules }
  })
}

function schedulesOf({ schedules = {} }: Pick<Export, 'schedules'>): ScheduleDescription[] {
  return Object.entries(schedules).map(([name, { expression, timeZone, recipients, enabled = true }]) => {
    return { name, expression, timeZone, recipients, enabled }
  })
}

function isCatalogue(value: unknown): value is Catalogue {
  const catalogue = value as Partial<Catalogue> | null | undefined
  return Array.isArray(catalogue?.names) && typeof catalogue.get === 'function'
}

/** Everything that somebody who makes a request may want to know of each export. */
export function describeExports(catalogue: Catalogue): ExportDescription[] {
  return catalogue.names.map((name) => {
    const definition = catalogue.get(name)
    const { title, params, formats, compressions, encodings, columns, key, parallelism, maxRows } = definition
    return {
      name,
      title: inBoth(title),
      params: schemaOf(params),
      formats,
      compressions,
      encodings,
      columns: Object.values(columns).map(({ heading }) => inBoth(heading)),
      resumable: key !== null,
      parallelism,
      maxRows,
      schedules: schedulesOf(definition),
    }
  })
}

/** Of what a sender writes, which transforms may make something else of; what has no schema may be anything. */
function schemaOf(params: z.ZodObject): ParamsSchema {
  const { properties = {}, required = [] } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' })
  return { properties, required } as ParamsSchema
}

function inBoth(text: Localized): ExportDescription['title'] {
  return { en: localize(text, 'en'), ja: localize(text, 'ja') }
}
