/** An execution as Step Functions describes it, with Carryout's data from its input and output. */
import type { DescribeExecutionCommandOutput, ExecutionStatus } from '@aws-sdk/client-sfn'
import { CANCELLED, cancellationSentence, errorName, readCause } from '../statemachine/cause.ts'
import type { File, PreparedRequest } from '../statemachine/contract.ts'
import { type Request, readRequest } from '../statemachine/request.ts'
import type { Cancellation } from '../statemachine/table.ts'

/** An execution as Step Functions describes it, and what can be read from its input and output. */
export interface Execution {
  /** The request's id, or the message's id if the request has none that can name an execution. */
  id: string
  arn: string
  status: ExecutionStatus
  startedAt: Date
  /** Null while it runs. */
  stoppedAt: Date | null
  redriveCount: number
  /** Whether AWS can still redrive it: it has not succeeded, and ended less than 14 days ago. */
  redrivable: boolean
  /** Null if the message was not a valid request, and for a schedule's message until its file is ready. */
  request: Request | null
  /** As it came from the queue. */
  input: unknown
  /** Null until it has succeeded. */
  file: File | null
  /** Null unless it failed. `reason` is a sentence. */
  failure: { error: string; reason: string } | null
}

export function toExecution(described: DescribeExecutionCommandOutput): Execution {
  const { error = null, cause = null } = described
  const input: unknown = JSON.parse(described.input ?? 'null')
  // The output of another state machine may be null.
  const output = (JSON.parse(described.output ?? 'null') ?? {}) as {
    request?: PreparedRequest
    file?: File
    cancelled?: Cancellation
  }
  const status = output.cancelled ? 'ABORTED' : (described.status ?? 'RUNNING')
  const { cancelled } = output
  const isFailed = status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED'
  return {
    id: described.name!,
    arn: described.executionArn!,
    status,
    startedAt: described.startDate!,
    stoppedAt: described.stopDate ?? null,
    redriveCount: described.redriveCount ?? 0,
    redrivable: described.redriveStatus === 'REDRIVABLE',
    request: readRequest(input) ?? preparedRequest(output.request) ?? null,
    input,
    file: output.file ?? null,
    failure: cancelled
      ? { error: CANCELLED, reason: cancellationSentence(cancelled) }
      : isFailed
        ? { error: errorName({ status, error, cause }), reason: cause ? readCause(cause) : unexplained[status] }
        : null,
  }
}

/** Returns the request that `Prepare` made from a schedule's message. */
function preparedRequest(prepared: PreparedRequest | undefined): Request | undefined {
  if (prepared?.schedule === undefined) return undefined
  const { schedule: _, scheduledAt: __, alsoTo: ___, ...request } = prepared
  return readRequest(request)
}

const unexplained = {
  FAILED: 'AWS gave no cause.',
  TIMED_OUT: 'The execution exceeded its time limit.',
  ABORTED: 'Somebody stopped the execution.',
}
