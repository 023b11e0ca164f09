/** What a message asks `start` for: an execution of its own, or the redrive of a failed one. */
import type { SQSRecord } from 'aws-lambda'
import { type ReplayMessage, readReplay } from '../../statemachine/bulk-replay.ts'
import { type ExecutionInput, toExecution } from './execution-input.ts'

export interface Turn extends ExecutionInput {
  /** Undefined for an execution of its own. */
  replay?: ReplayMessage | undefined
  /**
   * Whether others may go before it. An execution that is named after its message would have another name if the
   * message were sent again, so it starts when it arrives; it fails immediately anyway.
   */
  isOrdered: boolean
}

export function toTurn(record: SQSRecord): Turn {
  const replay = replayOf(record.body)
  if (replay) return { name: replay.replay, input: record.body, replay, isOrdered: true }
  const execution = toExecution(record)
  return { ...execution, isOrdered: execution.name !== record.messageId }
}

/** @param body of a message, JSON or not */
export function replayOf(body: string): ReplayMessage | undefined {
  try {
    return readReplay(JSON.parse(body))
  } catch {
    return undefined
  }
}
