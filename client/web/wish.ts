/** Converts a page's request body to a request. */
import { createHash } from 'node:crypto'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { nearest } from '../../statemachine/nearest.ts'
import { isRequestId, type Request as QueuedRequest } from '../../statemachine/request.ts'
import { requesterOf } from '../../statemachine/table.ts'
import { type NewRequest, newId, toRequest } from '../request.ts'
import type { Caller } from './call.ts'
import { invalid } from './problem.ts'

const FIELDS = ['export', 'params', 'format', 'compression', 'encoding', 'id', 'fresh']

export interface Asked {
  request: QueuedRequest
  /** Whether the page sent an id; then the same request may have been sent before. */
  isKeyed: boolean
  fresh: boolean
  /** The id of an ended download that the table may still show as pending; it is not joined. */
  over?: string
}

/** @throws Problem 422 naming every invalid field */
export function readWish(body: Record<string, unknown>, caller: Caller): Asked {
  const unknown = Object.keys(body).filter((name) => !FIELDS.includes(name))
  if (unknown.length > 0) {
    const meant = nearest(unknown[0]!, FIELDS)
    throw invalid(`${unknown.join(', ')} is not known${meant ? `; did you mean ${meant}?` : ''}`)
  }
  const { id: key, fresh = false, ...fields } = body
  if (key !== undefined && !isRequestId(key)) throw invalid('id must be 1 to 80 characters of A-Z a-z 0-9 - _')
  if (typeof fresh !== 'boolean') throw invalid('fresh must be true or false')
  const id = key === undefined ? newId() : idOf(key, caller.user)
  return { request: checked({ ...fields, id } as NewRequest, caller), isKeyed: key !== undefined, fresh }
}

/** @throws Problem 422 */
export function checked(request: NewRequest, { user, language, timeZone }: Caller): QueuedRequest {
  try {
    return toRequest({ ...request, requestedBy: user, language, ...(timeZone !== undefined && { timeZone }) })
  } catch (error) {
    throw error instanceof InvalidRequest ? invalid(error.message) : error
  }
}

const KEY_CHARACTERS = 47

/** Derives an id from a page's key and its user, so that nobody can discover other users' ids by sending keys. */
function idOf(key: string, user: string): string {
  const digest = createHash('sha256')
    .update(`${requesterOf(user)}\n${key}`)
    .digest('hex')
    .slice(0, 32)
  return `${key.slice(0, KEY_CHARACTERS)}-${digest}`
}
