/** Recognizes requests for the same file. */
import { createHash } from 'node:crypto'
import { requesterOf } from './table.ts'

/**
 * The fields that determine the file, apart from its data. The other fields of a request only say how its requester is
 * notified.
 */
const FIELDS = ['export', 'params', 'format', 'compression', 'encoding', 'language'] as const

/**
 * Returns a digest of 32 hexadecimal digits that is equal for requests with equal fields, regardless of the order of
 * their parameters.
 *
 * @param request the message from the queue, which may not be a valid request
 */
export function likenessOf(request: Record<string, unknown>): string {
  const fields = FIELDS.map((name) => ordered(request[name] ?? DEFAULTS[name] ?? null))
  const text = JSON.stringify([requesterOf(String(request.requestedBy ?? '')), ...fields])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** The values of omitted fields, as far as they are known without the catalogue. */
const DEFAULTS: Record<string, unknown> = { params: {}, language: 'en' }

/** Returns the value with the keys of every object sorted. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries.map(([name, inner]) => [name, ordered(inner)]))
}
