/** How large a request may be, from what Step Functions takes and what the document adds to it. */

/** The most that a state is given or gives, in bytes of JSON as UTF-8; also of an execution's input. */
export const PAYLOAD_BYTES = 256 * 1024

/**
 * What the document holds beside the request, at its largest: plan, columns, ranges with their cursors, the failure, and
 * the arguments around it. A test measures it.
 */
export const DOCUMENT_BYTES = 96 * 1024

/** A larger request is refused where it is sent, and where it comes from the queue all the same. */
export const MAX_REQUEST_BYTES = PAYLOAD_BYTES - DOCUMENT_BYTES

/** As the state machine counts them, however the text was written: `1e20` and `\u0041` are other bytes there. */
export function requestBytes(request: unknown): number {
  return Buffer.byteLength(JSON.stringify(request) ?? '')
}

/**
 * Where a JSON value has text with half a surrogate pair: it is not a character, and neither mails nor files can hold it.
 *
 * @returns the place as `params.name`; null where all text is well-formed
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
