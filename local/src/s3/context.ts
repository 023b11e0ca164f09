import type { Call } from './call.ts'
import { invalidArgument } from './errors.ts'
import type { Storage } from './storage.ts'

/** What an operation works with. */
export interface Context {
  storage: Storage
  region: string
  /** Milliseconds since 1970. */
  now: () => number
  opaqueEtags: boolean
  /** The secret of an access key that is not the laptop's own. */
  secretOf: (accessKeyId: string) => string | undefined
}

/** Answers one call, or throws what becomes the error's answer. */
export type Operation = (call: Call, context: Context) => void | Promise<void>

/** S3 keeps times in whole seconds, so that Last-Modified says all there is. */
export const wholeSeconds = (millis: number) => Math.floor(millis / 1000) * 1000

/**
 * A count in the query, at most `most`, which S3 never answers more than; `otherwise` when it is not there.
 *
 * @throws S3Error InvalidArgument
 */
export function countOf(call: Call, name: string, most = 1000, otherwise = most): number {
  const text = call.query.get(name)
  if (text === undefined || text === '') return otherwise
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2147483647) {
    throw invalidArgument(name, text, `Argument ${name} must be an integer between 0 and 2147483647`)
  }
  return Math.min(most, Number(text))
}

/** Of every bucket and object: a canonical user id is 64 hexadecimal digits. */
export const OWNER = { ID: '0'.repeat(64), DisplayName: 'local' }
