/** From what a caller asks for to the message on the queue. */
import { randomBytes } from 'node:crypto'
import { parseRequest, type Request, type RequestInput } from '../statemachine/request.ts'

/** A request whose id may be left to `newId`. */
export type NewRequest = Omit<RequestInput, 'id'> & {
  /**
   * The idempotency key, and the execution's name. Render one into the page, and a double click sends it twice and is
   * one download.
   */
  id?: string | undefined
}

/** A fresh id: ids sort by the time they were made, to the millisecond (UTC), and never meet by chance. */
export function newId(now = new Date()): string {
  const [date, time] = now
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .split('T')
  return `${date}-${time}-${randomBytes(6).toString('hex')}`
}

/** @throws InvalidRequest naming every field that is wrong */
export function toRequest({ id = newId(), ...rest }: NewRequest): Request {
  // As the other side reads it: without what is undefined.
  return JSON.parse(JSON.stringify(parseRequest({ id, ...rest }))) as Request
}
