/** Conditional requests: reads and copy sources according to RFC 9110, writes as S3 does them. */
import type { Call } from './call.ts'
import { conditionalRequestConflict, noSuchKey, notImplemented, preconditionFailed, S3Error } from './errors.ts'
import { unquoted } from './headers.ts'
import type { StoredObject } from './store/objects.ts'

type Entity = Pick<StoredObject, 'etag' | 'modified'>

/**
 * @throws S3Error PreconditionFailed (412), or a bare 304
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function checkRead(call: Call, object: Entity): void {
  const failed = failedCondition(call, object, '')
  if (failed === 'if-none-match' || failed === 'if-modified-since')
    throw new S3Error('NotModified', 304, 'Not Modified')
  if (failed) throw preconditionFailed(failed === 'if-match' ? 'If-Match' : 'If-Unmodified-Since')
}

/** @throws S3Error PreconditionFailed; a copy source has no 304 */
export function checkCopySource(call: Call, object: Entity): void {
  const failed = failedCondition(call, object, 'x-amz-copy-source-')
  if (failed) throw preconditionFailed(`x-amz-copy-source-${failed}`)
}

/** A matching ETag makes the date irrelevant, in both pairs. */
function failedCondition(call: Call, { etag, modified }: Entity, prefix: string): string | undefined {
  const ifMatch = call.header(`${prefix}if-match`)
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag)) return 'if-match'
  } else {
    const since = date(call.header(`${prefix}if-unmodified-since`))
    if (since !== undefined && modified > since) return 'if-unmodified-since'
  }
  const ifNoneMatch = call.header(`${prefix}if-none-match`)
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, etag)) return 'if-none-match'
  } else {
    const since = date(call.header(`${prefix}if-modified-since`))
    if (since !== undefined && modified <= since) return 'if-modified-since'
  }
  return undefined
}

const matches = (condition: string, etag: string) =>
  condition.split(',').some((one) => one.trim() === '*' || unquoted(one) === etag)

/** An invalid date is not a condition (RFC 9110 13.1.3). */
function date(text: string | undefined): number | undefined {
  const millis = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(millis) ? undefined : millis
}

/** A write's condition on the object that it replaces, checked when the write begins and again when it takes effect. */
export type WriteCondition = (current: Entity | undefined) => void

/**
 * `If-None-Match: *` (412 if there is an object) and `If-Match: <ETag>` (412 if the object differs, 404 if there is
 * none, 409 if it was deleted after the write began).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function writeCondition(call: Call, atStart: Entity | undefined): WriteCondition {
  const ifNoneMatch = call.header('if-none-match')
  const ifMatch = call.header('if-match')
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') throw notImplemented('If-None-Match with an ETag on a write')
  const condition: WriteCondition = (current) => {
    if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match')
    if (ifMatch === undefined) return
    if (!current) throw atStart ? conditionalRequestConflict(call.key) : noSuchKey(call.key)
    if (!matches(ifMatch, current.etag)) throw preconditionFailed('If-Match')
  }
  condition(atStart)
  return condition
}
