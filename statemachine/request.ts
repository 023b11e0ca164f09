/** The body of a message on the queue. It is validated by hand, so that senders need no schema library. */
import { InvalidRequest } from './errors.ts'
import { MAX_REQUEST_BYTES, malformedText, requestBytes } from './limits.ts'
import { nearest } from './nearest.ts'
import { isZoneName } from './time-zone.ts'

export const FORMATS = ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

export const COMPRESSIONS = ['none', 'gzip', 'zstd', 'zip'] as const
export type Compression = (typeof COMPRESSIONS)[number]

export const ENCODINGS = ['utf-8', 'utf-8-bom', 'cp932'] as const
export type Encoding = (typeof ENCODINGS)[number]

export const LANGUAGES = ['en', 'ja'] as const
export type Language = (typeof LANGUAGES)[number]

/**
 * The message group of every request. One group per database keeps the order, and lets only one message be delivered at
 * a time. `start` moves messages of other groups into this one.
 */
export const MESSAGE_GROUP = 'database'

/** A request. It contains no SQL, only an export's name and its parameters. */
export interface Request {
  /** The idempotency key, and the execution's name. */
  id: string
  /** The export's name. */
  export: string
  params: Record<string, unknown>
  /** Who gets the e-mail. */
  requestedBy: string
  /** One of the export's formats; its first by default. */
  format?: Format | undefined
  /** One of the export's compressions; its first (usually `none`) by default. */
  compression?: Compression | undefined
  /** The encoding of CSV and TSV; the export's first (usually `utf-8`) by default. */
  encoding?: Encoding | undefined
  /** The language of the headings, the file name and the e-mail; `en` by default. */
  language?: Language | undefined
  /** The time zone of times in the e-mail, such as `Asia/Tokyo`; the stack's by default. */
  timeZone?: string | undefined
}

/** A request as it may be sent, with optional parameters. */
export type RequestInput = Omit<Request, 'params'> & { params?: Record<string, unknown> | undefined }

const ID = /^[A-Za-z0-9_-]{1,80}$/
/** The common form of an address: no quotes, no comments, no address literals. */
const EMAIL = /^[A-Za-z0-9_'+-]+(?:\.[A-Za-z0-9_'+-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/

/** Each field with its check, which returns what the value must be, or undefined if it is right. */
const CHECKS: Record<keyof Request, (value: unknown) => string | undefined> = {
  id: (value) =>
    isRequestId(value) ? undefined : 'must be 1 to 80 characters of A-Z a-z 0-9 - _ (it becomes the execution’s name)',
  export: (value) => (isText(value, 100) ? undefined : 'must be a text of 1 to 100 characters'),
  params: (value) => (isObject(value) ? undefined : 'must be an object'),
  requestedBy: (value) => (isEmailAddress(value) ? undefined : 'must be an e-mail address of at most 254 characters'),
  format: oneOf(FORMATS),
  compression: oneOf(COMPRESSIONS),
  encoding: oneOf(ENCODINGS),
  language: oneOf(LANGUAGES),
  timeZone: (value) => (isTimeZone(value) ? undefined : 'must be the name of a time zone such as Asia/Tokyo'),
}
const REQUIRED: readonly string[] = ['id', 'export', 'requestedBy']
const FIELDS = Object.keys(CHECKS) as (keyof Request)[]

/** Whether a value is an e-mail address of the common form. */
export function isEmailAddress(value: unknown): value is string {
  return isText(value, 254) && EMAIL.test(value)
}

/** Whether a value names a time zone that Intl knows. */
export function isTimeZone(value: unknown): value is string {
  return typeof value === 'string' && isZoneName(value)
}

/** Whether a value can be a request's id, and so an execution's name on AWS. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value)
}

/** @returns the request with its parameters filled in, or undefined if the value is not a request */
export function readRequest(value: unknown): Request | undefined {
  if (!isObject(value) || problemsOf(value).length > 0) return undefined
  const request = complete(value)
  return problemOfAll(request) === undefined ? request : undefined
}

/**
 * @throws InvalidRequest naming everything that is wrong; values are not repeated, because they may be personal data
 */
export function parseRequest(value: object): Request {
  const problems = problemsOf(value as Record<string, unknown>)
  if (problems.length > 0) throw new InvalidRequest(`The request is not valid: ${problems.join('; ')}`)
  const request = complete(value as Record<string, unknown>)
  const problem = problemOfAll(request)
  if (problem !== undefined) throw new InvalidRequest(problem)
  return request
}

/** Returns a problem of the request as a whole, given that each field is right. */
function problemOfAll(request: Request): string | undefined {
  const malformed = malformedText(request)
  if (malformed !== null)
    return `The request is not valid: ${malformed} has an unpaired surrogate, which is not a character`
  const bytes = requestBytes(request)
  if (bytes <= MAX_REQUEST_BYTES) return undefined
  return `The request has ${bytes} bytes; it can have at most ${MAX_REQUEST_BYTES}. Send fewer or shorter parameters.`
}

function problemsOf(value: Record<string, unknown>): string[] {
  const wrong = FIELDS.flatMap((field) => {
    if (value[field] === undefined) return REQUIRED.includes(field) ? [`${field} is missing`] : []
    const problem = CHECKS[field](value[field])
    return problem === undefined ? [] : [`${field} is wrong: it ${problem}`]
  })
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(CHECKS, name))
  return [...wrong, ...unknown.map(unknownField)]
}

function unknownField(name: string): string {
  const meant = nearest(name, FIELDS)
  return `${name} is not known${meant ? `; did you mean ${meant}?` : ` (a request has ${FIELDS.join(', ')})`}`
}

/** Returns the fields in order, without undefined ones. */
function complete(value: Record<string, unknown>): Request {
  const given = { ...value, params: value.params ?? {} } as Record<string, unknown>
  return Object.fromEntries(
    FIELDS.filter((field) => given[field] !== undefined).map((field) => [field, given[field]]),
  ) as unknown as Request
}

function oneOf(choices: readonly string[]) {
  return (value: unknown) =>
    typeof value === 'string' && choices.includes(value) ? undefined : `must be one of ${choices.join(', ')}`
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= longest
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
