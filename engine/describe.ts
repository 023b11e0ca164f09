/** What the construct asks of a catalogue while the stack is synthesized, as plain data. */
import type { Catalogue } from './catalogue.ts'
import { problemsOfShape } from './plan/shape.ts'

export interface ExportSummary {
  name: string
  parallelism: number
  /** Sentences about what can never succeed. */
  problems: string[]
}

/** @param catalogue what the app's module exports by that name */
export function describeCatalogue(catalogue: unknown): ExportSummary[] | undefined {
  if (!isCatalogue(catalogue)) return undefined
  return catalogue.names.map((name) => {
    const definition = catalogue.get(name)
    return { name, parallelism: definition.parallelism, problems: problemsOfShape(definition) }
  })
}

function isCatalogue(value: unknown): value is Catalogue {
  const catalogue = value as Partial<Catalogue> | null | undefined
  return Array.isArray(catalogue?.names) && typeof catalogue.get === 'function'
}
