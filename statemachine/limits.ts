/** How large a request may be, given the limit of Step Functions and the size of the rest of the document. */

/** The maximum input or output of a state or an execution, in bytes of JSON as UTF-8. */
export const PAYLOAD_BYTES = 256 * 1024

/**
 * The maximum size of the document apart from the request: plan, columns, ranges with their cursors, the failure, and
 * the arguments around it. A test measures it.
 */
export const DOCUMENT_BYTES = 96 * 1024

/** A larger request is refused by its sender's client, and again when it comes from the queue. */
export const MAX_REQUEST_BYTES = PAYLOAD_BYTES - DOCUMENT_BYTES

/**
 * Returns the size of a request as the state machine counts it, independent of how the text was written: `1e20` and
 * `\u0041` are different bytes there.
 */
export function requestBytes(request: unknown): number {
  return Buffer.byteLength(JSON.stringify(request) ?? '')
}

/**
 * Finds text with an unpaired surrogate, which is not a character and which neither mails nor files can contain.
 *
 * @returns its place, such as `params.name`; null if all text is well-formed
 */
export function malformedText(value: unknown, place = ''): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : place
  if (value === null || typeof value !== 'object') return null
  for (const [name, inner] of Object.entries(value)) {
    const path = place === '' ? name : `${place}.${name}`
    if (!name.isWellFormed()) return path.toWellFormed()
    const found = malformedText(inner, path)
    if (found !== null) return found
  }
  return null
}
