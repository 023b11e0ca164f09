/** Which requests ask for the same file. */
import { createHash } from 'node:crypto'
import { requesterOf } from './table.ts'

/** What a file depends on besides its data. The rest of a request says only how its requester is told. */
const FIELDS = ['export', 'params', 'format', 'compression', 'encoding', 'language'] as const

/**
 * The same for two requests of one requester whose fields are equal, in whatever order their parameters stand. 32
 * hexadecimal digits.
 *
 * @param request as it stands on the queue, if it is one
 */
export function likenessOf(request: Record<string, unknown>): string {
  const fields = FIELDS.map((name) => ordered(request[name] ?? DEFAULTS[name] ?? null))
  const text = JSON.stringify([requesterOf(String(request.requestedBy ?? '')), ...fields])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** What a request has that leaves a field out, as far as no catalogue is needed to tell. */
const DEFAULTS: Record<string, unknown> = { params: {}, language: 'en' }

/** With the fields of every object in the order of their names. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, ordered(inner)]))
}
