/** Describes a catalogue as plain data, for the construct at synthesis and for request forms. */
import * as z from 'zod'
import type { ExportDescription, ParamsSchema, ScheduleDescription } from '../statemachine/description.ts'
import { type Catalogue, type Export, type Localized, localize } from './catalogue.ts'
import { problemsOfShape } from './plan/shape.ts'

export interface ExportSummary {
  name: string
  parallelism: number
  /** Sentences about configurations that can never succeed. */
  problems: string[]
  schedules: ScheduleDescription[]
}

/** @param catalogue the `catalogue` export of the app's module */
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

/** Describes each export as far as somebody who makes a request needs to know it. */
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

/**
 * JSON Schema of the parameters as a sender writes them, before transforms. Whatever JSON Schema cannot express may be
 * anything.
 */
function schemaOf(params: z.ZodObject): ParamsSchema {
  const { properties = {}, required = [] } = z.toJSONSchema(params, { io: 'input', unrepresentable: 'any' })
  return { properties, required } as ParamsSchema
}

function inBoth(text: Localized): ExportDescription['title'] {
  return { en: localize(text, 'en'), ja: localize(text, 'ja') }
}
