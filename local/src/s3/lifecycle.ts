/** A bucket's lifecycle rules in CloudFormation's format: which objects and uploads are deleted, and when. */
import type { StoredObject } from './store/objects.ts'
import type { Upload } from './store/uploads.ts'
import type { XmlValue } from './xml.ts'

/**
 * The parts of a rule that apply to a bucket without versions; a rule may have more.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
 */
export interface LifecycleRule {
  Id?: string
  Status: 'Enabled' | 'Disabled'
  Prefix?: string
  TagFilters?: { Key: string; Value: string }[]
  /** Bytes; CloudFormation writes them as text. */
  ObjectSizeGreaterThan?: string | number
  ObjectSizeLessThan?: string | number
  ExpirationInDays?: number
  /** ISO 8601. */
  ExpirationDate?: string
  AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number }
}

const DAY = 24 * 60 * 60 * 1000

export interface Expiry {
  /** Milliseconds since 1970. */
  at: number
  rule: string
}

/** Returns when the earliest rule lets the object expire. */
export function expiryOf(rules: readonly LifecycleRule[], object: StoredObject): Expiry | undefined {
  let first: Expiry | undefined
  for (const rule of rules) {
    if (!concerns(rule, object)) continue
    const at = rule.ExpirationInDays
      ? midnightAfter(object.modified, rule.ExpirationInDays)
      : rule.ExpirationDate
        ? Date.parse(rule.ExpirationDate)
        : Number.NaN
    if (!Number.isNaN(at) && (!first || at < first.at)) first = { at, rule: rule.Id ?? '' }
  }
  return first
}

/** Returns when the earliest rule aborts the upload, in milliseconds since 1970. */
export function abortOf(rules: readonly LifecycleRule[], upload: Upload): number | undefined {
  const days = rules
    .filter((rule) => rule.Status === 'Enabled' && upload.key.startsWith(rule.Prefix ?? ''))
    .flatMap((rule) => rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? [])
  return days.length > 0 ? midnightAfter(upload.initiated, Math.min(...days)) : undefined
}

/** The header with which S3 announces an object's expiry in every response about it. */
export function expirationHeader(rules: readonly LifecycleRule[], object: StoredObject): Record<string, string> {
  const expiry = expiryOf(rules, object)
  if (!expiry) return {}
  const rule = encodeURIComponent(expiry.rule)
  return { 'x-amz-expiration': `expiry-date="${new Date(expiry.at).toUTCString()}", rule-id="${rule}"` }
}

/** The rules in the format of GetBucketLifecycleConfiguration. */
export function lifecycleXml(rules: readonly LifecycleRule[]): { Rule: XmlValue[] } {
  return {
    Rule: rules.map((rule) => ({
      ID: rule.Id,
      Filter: filterXml(rule),
      Status: rule.Status,
      Expiration:
        rule.ExpirationInDays || rule.ExpirationDate
          ? { Days: rule.ExpirationInDays, Date: rule.ExpirationDate }
          : undefined,
      AbortIncompleteMultipartUpload: rule.AbortIncompleteMultipartUpload && { ...rule.AbortIncompleteMultipartUpload },
    })),
  }
}

function filterXml(rule: LifecycleRule): { [element: string]: XmlValue } {
  const tags = (rule.TagFilters ?? []).map(({ Key, Value }) => ({ Key, Value }))
  const filter = {
    Prefix: rule.Prefix,
    Tag: tags,
    ObjectSizeGreaterThan: rule.ObjectSizeGreaterThan,
    ObjectSizeLessThan: rule.ObjectSizeLessThan,
  }
  const conditions =
    tags.length +
    [filter.Prefix, filter.ObjectSizeGreaterThan, filter.ObjectSizeLessThan].filter((one) => one !== undefined).length
  return conditions > 1 ? { And: filter } : conditions === 0 ? { Prefix: '' } : filter
}

function concerns(rule: LifecycleRule, object: StoredObject): boolean {
  return (
    rule.Status === 'Enabled' &&
    object.key.startsWith(rule.Prefix ?? '') &&
    (rule.TagFilters ?? []).every(({ Key, Value }) =>
      object.tags.some(([key, value]) => key === Key && value === Value),
    ) &&
    (rule.ObjectSizeGreaterThan === undefined || object.size > Number(rule.ObjectSizeGreaterThan)) &&
    (rule.ObjectSizeLessThan === undefined || object.size < Number(rule.ObjectSizeLessThan))
  )
}

/** S3 adds the days and rounds up to the next midnight UTC. */
const midnightAfter = (millis: number, days: number) => Math.ceil((millis + days * DAY) / DAY) * DAY
