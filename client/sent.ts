/** Remembers requests that this object sent, to tell whether an execution with their id is their own. */
import { isDeepStrictEqual } from 'node:util'
import type { Request } from '../statemachine/request.ts'
import { NoSuchExecution } from './errors.ts'
import type { Executions } from './executions.ts'

/** A request that is on the queue. */
export interface Sent {
  /** The request's id, which becomes the execution's name. */
  id: string
  /** The request as it is on the queue. */
  request: Request
  messageId: string
}

const REMEMBERED = 1_000

export class SentRequests {
  readonly #executions: Pick<Executions, 'get'>
  readonly #sent = new Map<string, Sent>()

  constructor(executions: Pick<Executions, 'get'>) {
    this.#executions = executions
  }

  remember(sent: Sent): void {
    if (this.#sent.size >= REMEMBERED) this.#sent.delete(this.#sent.keys().next().value!)
    this.#sent.set(sent.id, sent)
  }

  /**
   * Returns the name of a request's execution: its id, or its message's id if an execution with that id has another
   * input. In that case `start` makes an execution named after the message, which fails and says so.
   *
   * @param request a plain id is its execution's name, unless it was sent from here
   */
  async nameOf(request: string | Sent): Promise<string> {
    const sent = typeof request === 'string' ? this.#sent.get(request) : request
    if (!sent) return request as string
    try {
      const { input } = await this.#executions.get(sent.id)
      return isDeepStrictEqual(input, sent.request) ? sent.id : sent.messageId
    } catch (error) {
      if (error instanceof NoSuchExecution) return sent.id
      throw error
    }
  }
}
