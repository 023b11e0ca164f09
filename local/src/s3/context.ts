import type { Call } from './call.ts'
import { invalidArgument } from './errors.ts'
import type { Storage } from './storage.ts'

/** The environment of an operation. */
export interface Context {
  storage: Storage
  region: string
  /** Milliseconds since 1970. */
  now: () => number
  opaqueEtags: boolean
  /** Returns the secret of an access key other than the laptop's own. */
  secretOf: (accessKeyId: string) => string | undefined
}

/** Handles one call, or throws an error that becomes the response. */
export type Operation = (call: Call, context: Context) => void | Promise<void>

/** S3 stores times in whole seconds, so Last-Modified is exact. */
export const wholeSeconds = (millis: number) => Math.floor(millis / 1000) * 1000

/**
 * Returns a count from the query, limited to `most` as in S3; `fallback` if it is missing.
 *
 * @throws S3Error InvalidArgument
 */
export function countOf(call: Call, name: string, most = 1000, fallback = most): number {
  const text = call.query.get(name)
  if (text === undefined || text === '') return fallback
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2147483647) {
    throw invalidArgument(name, text, `Argument ${name} must be an integer between 0 and 2147483647`)
  }
  return Math.min(most, Number(text))
}

/** The owner of every bucket and object; a canonical user id has 64 hexadecimal digits. */
export const OWNER = { ID: '0'.repeat(64), DisplayName: 'local' }
