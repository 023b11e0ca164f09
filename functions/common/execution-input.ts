/**
 * Converts a message on the queue to the input of an execution. Nothing is dropped: a message that is not a valid
 * request becomes an execution that fails with a clear error.
 */
import type { SQSRecord } from 'aws-lambda'
import { isRequestId } from '../../statemachine/contract.ts'
import { MAX_REQUEST_BYTES, requestBytes } from '../../statemachine/limits.ts'
import { isScheduled, scheduledId } from '../../statemachine/schedule.ts'

export interface ExecutionInput {
  /** The request's id, or the message's id if the request has none that can name an execution. */
  name: string
  /** JSON. */
  input: string
}

/** SQS allows bodies of 1 MiB. Of a body that is too large for a request, only the beginning is shown. */
const SHOWN_CHARACTERS = 2_000
const ADDRESS_CHARACTERS = 254
/** The state machine's expressions evaluate the input recursively. No export has parameters this deep. */
const MAX_DEPTH = 64

/**
 * @returns the body unchanged if it is a JSON object (with its id, if it is a schedule's); otherwise `{ message }`,
 * which `Prepare` refuses with a sentence
 */
export function toExecution(record: SQSRecord): ExecutionInput {
  const body = parseObject(record.body)
  if (!body) return unusable(record, 'The message is not a JSON object.')
  // Checked first, because everything else that reads the message is recursive.
  if (depthOf(record.body) > MAX_DEPTH) {
    return unusable(record, `The message is nested too deeply; a request has at most ${MAX_DEPTH} levels.`, body)
  }
  const bytes = Math.max(Buffer.byteLength(record.body), requestBytes(body))
  if (bytes > MAX_REQUEST_BYTES) {
    return unusable(record, `The message has ${bytes} bytes; a request has at most ${MAX_REQUEST_BYTES}.`, body)
  }
  if (isScheduled(body)) {
    const name = isRequestId(body.id) ? body.id : scheduledId(body)
    return { name, input: JSON.stringify({ ...body, id: name }) }
  }
  return { name: isRequestId(body.id) ? body.id : record.messageId, input: record.body }
}

/** Returns the input of an execution that only tells its requester what is wrong with the message. */
export function unusable(record: SQSRecord, problem: string, body: Record<string, unknown> = {}): ExecutionInput {
  const message = record.body.slice(0, SHOWN_CHARACTERS).toWellFormed()
  const { requestedBy, language } = body
  return {
    name: record.messageId,
    input: JSON.stringify({ message, problem, requestedBy: shortText(requestedBy), language: shortText(language) }),
  }
}

/** Returns undefined if the value is not a text, or is longer than any address. */
function shortText(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= ADDRESS_CHARACTERS ? value.toWellFormed() : undefined
}

function parseObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return value !== null && typeof value === 'object' && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Returns the maximum number of brackets open at once in JSON text. */
function depthOf(json: string): number {
  let depth = 0
  let deepest = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth)
    else if (token === ']' || token === '}') depth--
  }
  return deepest
}
