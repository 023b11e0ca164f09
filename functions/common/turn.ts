/** What a message on the queue asks `start` for: an execution of its own, or the redrive of one that failed. */
import type { SQSRecord } from 'aws-lambda'
import { type ReplayMessage, readReplay } from '../../statemachine/bulk-replay.ts'
import { type ExecutionInput, toExecution } from './execution-input.ts'

export interface Turn extends ExecutionInput {
  /** Absent where it is an execution of its own. */
  replay?: ReplayMessage | undefined
  /**
   * Whether others may go before it. What is named by its message has no other name when it is sent again, so it starts
   * when it comes; it fails at once anyway.
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
