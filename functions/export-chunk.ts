import { S3Client } from '@aws-sdk/client-s3'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import type { Catalogue } from '../engine/catalogue.ts'
import { discard } from '../engine/discard.ts'
import { type ExportChunkInput, exportChunk } from '../engine/export-chunk.ts'
import type { PlanRangesInput } from '../engine/plan-ranges.ts'
import { s3Store } from '../engine/stores/s3.ts'
import type { Checkup, CheckupEvent, NotReached, Reached } from '../statemachine/checkup.ts'
import type { Prepared, Range, Request } from '../statemachine/contract.ts'
import type { ProbeEvent } from '../statemachine/outage.ts'
import { checkUp, probe } from './common/checkup.ts'
import { connect, limits } from './common/clients.ts'
import { atLeast, oneOf, optional, readConfig, text } from './common/config.ts'
import { openSource } from './common/database.ts'
import { chunkDeadline } from './common/deadline.ts'
import { env } from './common/environment.ts'
import { watchHistoryRoom } from './common/history-room.ts'
import { logger, logRequest, step } from './common/step.ts'
import { watchExecution } from './common/watch-execution.ts'
import { planRangesOf } from './plan-ranges.ts'

const config = readConfig({
  [env.BUCKET]: text,
  [env.CHUNK_BUDGET_SECONDS]: atLeast(0),
  [env.DATABASE_ERRORS]: optional(oneOf(['whole', 'hidden']), 'hidden'),
})
const store = s3Store({ client: connect(S3Client, limits.upload), bucket: config[env.BUCKET] })
const sfn = connect(SFNClient, limits.look)

/** A query that has sent nothing by then is ended on the server, so that it does not outlive the function. */
const LAST_MILLIS = 5_000

/** For an author on their own machine. Writes to stderr, which is the function's log. */
const onThrown =
  config[env.DATABASE_ERRORS] === 'whole'
    ? (error: unknown) => console.error('The export’s own function threw:', error)
    : undefined

/** `ExportChunk` sends one range; `PlanRanges` sends the document before it has several. */
export type ExportChunkEvent = (ExportChunkInput | PlanRangesInput) & {
  /** The execution's ARN. */
  execution: string
}

/**
 * Exports one range from its cursor until it is done or the time is nearly spent, or plans the ranges. It is the only
 * function that queries, so that its reserved concurrency is the limit on the database. For the same reason it also
 * answers `carryout doctor`, and `start` in an outage.
 */
export function createExportChunk(catalogue: Catalogue) {
  return step<ExportChunkEvent | CheckupEvent | ProbeEvent, Range | Prepared | Checkup | Reached | NotReached>(
    async (event, context) => {
      if ('probe' in event) return await probe()
      if ('checkup' in event) return await checkUp(event, config[env.BUCKET], catalogue.names.length)
      const { execution, ...input } = event
      logRequest(input.request.id)
      const stopped = watchExecution(sfn, execution)
      const late = AbortSignal.timeout(Math.max(context.getRemainingTimeInMillis() - LAST_MILLIS, 0))
      const isContinued = 'range' in input && input.range.chunks > 0
      const room = isContinued ? watchHistoryRoom(sfn, execution, input.request.export) : undefined
      const signal = AbortSignal.any([stopped.signal, late, ...(room ? [room.signal] : [])])
      try {
        const result = await ('range' in input
          ? runChunk(input, catalogue, signal, context)
          : planRangesOf(input, { catalogue, signal, onThrown }))
        await stopped.check()
        stopped.signal.throwIfAborted()
        return result
      } catch (error) {
        // If the execution was redriven or has ended, the data no longer belongs to this invocation.
        if (stopped.signal.aborted && (await stopped.check()) === 'stopped') await discardChunks(input.request)
        throw error
      } finally {
        stopped.end()
        room?.end()
      }
    },
  )
}

async function runChunk(
  input: ExportChunkInput,
  catalogue: Catalogue,
  signal: AbortSignal,
  context: Context,
): Promise<Range> {
  const range = await exportChunk(input, {
    catalogue,
    store,
    source: await openSource(),
    deadline: chunkDeadline(context, input, config[env.CHUNK_BUDGET_SECONDS]),
    signal,
    warn: (message) => logger.warn(message),
    onThrown,
  })
  const { index, chunks, last, done } = range
  logger.info('Exported a chunk', { range: index, chunk: chunks, rows: last?.rows, bytes: last?.bytes, done })
  return range
}

/** Deletes the chunks of a stopped execution. What cannot be deleted now, the bucket's lifecycle rules delete later. */
async function discardChunks(request: Request): Promise<void> {
  try {
    await discard(request, store)
    logger.info('The execution was stopped, and its chunks were deleted')
  } catch (error) {
    logger.warn('The execution was stopped, but its chunks could not be deleted', error as Error)
  }
}
