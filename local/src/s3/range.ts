/** Parses the byte range in a `Range` header. */
import { S3Error } from './errors.ts'

/** Bytes; `end` is exclusive. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * @returns undefined for the whole object: without a header, with an invalid one, and (as in S3) with several ranges
 * @throws S3Error InvalidRange if the range is outside of the object
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const found = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '')
  if (!found || (found[1] === '' && found[2] === '')) return undefined
  const range =
    found[1] === ''
      ? { start: Math.max(0, size - Number(found[2])), end: size }
      : { start: Number(found[1]), end: found[2] === '' ? size : Math.min(size, Number(found[2]) + 1) }
  if (found[1] !== '' && found[2] !== '' && Number(found[1]) > Number(found[2])) return undefined
  if (range.start >= range.end) {
    throw new S3Error('InvalidRange', 416, 'The requested range is not satisfiable', {
      RangeRequested: header!.trim(),
      ActualObjectSize: size,
    })
  }
  return range
}
