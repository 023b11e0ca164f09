import { type Plan, type Prepared, parseRequest, type Request } from '../statemachine/contract.ts'
import { InvalidRequest } from '../statemachine/errors.ts'
import { isScheduled, type ScheduledMessage } from '../statemachine/schedule.ts'
import { type Catalogue, type Export, localize } from './catalogue.ts'
import { charsets } from './charsets/charsets.ts'
import { compressions } from './compressions/compression.ts'
import { facts } from './formats/facts.ts'
import { keyName, saveName } from './plan/file-name.ts'
import { isCuttable } from './plan/limits.ts'
import { parseParams } from './plan/query.ts'
import { dayIn } from './plan/time-zone.ts'
import { requestOfSchedule } from './schedule.ts'

/** An inline Map runs at most 40 iterations at once, and the document has room for that many ranges. */
export const MOST_RANGES = 40

export interface PrepareOptions {
  catalogue: Catalogue
  now: Date
  /** The stack's time zone, for exports that do not set one; UTC by default. */
  timeZone?: string
  /** Digest of the deployed code, recorded in the plan to identify what made the file. */
  digest?: string
  /** How many queries the database may see at once. More ranges than slots would only wait for each other. */
  slots?: number
}

/**
 * Checks a request and plans its file. The same body and time give the same plan.
 *
 * @param body what the queue brought: a request, or the message of a schedule; `{ message, problem? }` stands for a message that was not a JSON object
 * @throws InvalidRequest naming everything that is wrong
 * @throws UnknownExport
 */
export function prepare(
  body: unknown,
  { catalogue, now, digest, timeZone = '+00:00', slots = Number.POSITIVE_INFINITY }: PrepareOptions,
): Prepared {
  const { request, ...others } = isScheduled(body) ? scheduled(body, catalogue) : { request: readBody(body) }
  const definition = catalogue.get(request.export)
  const params = parseParams(definition, request.params)
  const day = dayIn(definition.timeZone ?? timeZone, now)
  const file = planFile(definition, request, params, day, now)
  const parallelism = Math.min(file.parallelism, slots, MOST_RANGES)
  const plan = { ...file, parallelism, ...(digest !== undefined && { catalogue: digest }) }
  const range = {
    index: 0,
    after: null,
    upTo: null,
    cursor: null,
    done: false,
    chunks: 0,
    rows: 0,
    bytes: 0,
    crc32: '00000000',
    firstRowAt: null,
    last: null,
    consistency: 'snapshot',
  } as const
  return { request: { ...request, ...others }, plan, ranges: [range] }
}

function scheduled(message: ScheduledMessage, catalogue: Catalogue) {
  const { schedule, scheduledAt } = message
  const { request, alsoTo } = requestOfSchedule(message, catalogue.get(message.export).schedules)
  return { request: parseRequest(request), schedule, scheduledAt, ...(alsoTo.length > 0 && { alsoTo }) }
}

function readBody(body: unknown): Request {
  if (isObject(body) && typeof body.message === 'string' && !('export' in body)) {
    const problem = typeof body.problem === 'string' ? body.problem : 'The message is not a JSON object.'
    throw new InvalidRequest(`${problem} A request is JSON like {"id":"…","export":"…","params":{…},"requestedBy":"…"}`)
  }
  if (!isObject(body))
    throw new InvalidRequest('A request must be a JSON object: {"id":"…","export":"…","params":{…},"requestedBy":"…"}')
  return parseRequest(body)
}

function planFile(definition: Export, request: Request, params: Record<string, unknown>, day: string, now: Date): Plan {
  const language = request.language ?? 'en'
  const format = offered(definition, 'format', definition.formats, request.format)
  const { textual, extension, mediaType, compressed } = facts[format]
  if (compressed && (request.compression ?? 'none') !== 'none') {
    throw new InvalidRequest(`compression: ${format} is already compressed. Remove compression from the request.`)
  }
  const compression = compressed
    ? 'none'
    : offered(definition, 'compression', definition.compressions, request.compression)
  if (!textual && request.encoding && request.encoding !== 'utf-8') {
    throw new InvalidRequest(`encoding: ${format} has no encoding to choose. Remove encoding from the request.`)
  }
  const encoding = textual ? offered(definition, 'encoding', definition.encodings, request.encoding) : 'utf-8'
  const stage = compression === 'none' ? null : compressions[compression]
  const ending = stage ? (stage.replacesExtension ? stage.extension : `${extension}.${stage.extension}`) : extension
  const title = localize(definition.title, language)
  return {
    title,
    fileName: saveName(title, params, day, ending),
    key: `files/${request.id}/${keyName(definition.name, params, day, ending)}`,
    format,
    compression,
    encoding,
    language,
    contentType: stage?.mediaType ?? (textual ? `${mediaType}; charset=${charsets[encoding]().label}` : mediaType),
    parallelism: isCuttable({ format, compression }) ? definition.parallelism : 1,
    maxRows: definition.maxRows,
    estimatedRows: null,
    preparedAt: now.toISOString(),
  }
}

function offered<T extends string>(definition: Export, what: string, choices: readonly T[], chosen: T | undefined): T {
  if (chosen === undefined) return choices[0]!
  if (choices.includes(chosen)) return chosen
  throw new InvalidRequest(`${what}: ${definition.name} does not offer ${chosen}; it offers ${choices.join(', ')}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
