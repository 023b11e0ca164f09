/** One failed execution, replayed: redriven where AWS does that, else requested again. */
import type { SQSClient } from '@aws-sdk/client-sqs'
import { sendBulkReplay } from './bulk-replays.ts'
import { NotReplayable, Paused } from './errors.ts'
import type { Execution } from './execution.ts'
import type { Executions } from './executions.ts'
import { type NewRequest, newId } from './request.ts'
import type { Sent } from './sent.ts'
import type { DownloadTable } from './table.ts'

/** What became of a replay. */
export interface Replay {
  /** Of the same execution when it was redriven, else of the new one. */
  id: string
  /** False when a new request was sent, since the old execution could not be redriven. */
  redriven: boolean
  /** To be given to `follow`. */
  redriveCount: number
  /** Where the database does not answer: it is redriven once it does, in its turn. */
  waits?: 'outage'
}

/** How something is replayed. */
export interface ReplayOptions {
  /** Of the request that is sent where the execution cannot be redriven; a fresh one by default. */
  newRequestId?: string | undefined
}

/** What a replay works with. */
export interface ReplayTools {
  executions: Pick<Executions, 'get' | 'redrive'>
  /** Undefined where there is none; then neither a pause nor an outage is known. */
  table: DownloadTable | undefined
  queue: { client: SQSClient; url: string }
  request: (request: NewRequest) => Promise<Sent>
}

/**
 * @param who kept with a redrive that waits
 * @param newRequestId of the request that is sent where the execution cannot be redriven
 * @throws NoSuchExecution
 * @throws NotReplayable when it runs, somebody has just replayed it, or it never was a request
 * @throws Paused
 */
export async function replayExecution(
  id: string,
  who: { by: string; reason: string },
  newRequestId: string,
  { executions, table, queue, request }: ReplayTools,
): Promise<Replay> {
  const execution = await executions.get(id)
  const [pause, outage] = await Promise.all([table?.pause(), table?.outage()])
  if (pause) throw new Paused(pause)
  if (execution.status === 'RUNNING')
    throw new NotReplayable(`The execution “${id}” is still running, so there is nothing to replay.`)
  if (table && outage && execution.redrivable) {
    await redriveInTurn(table, queue, execution, who)
    return { id, redriven: true, redriveCount: execution.redriveCount + 1, waits: 'outage' }
  }
  if (execution.redrivable) {
    if (await executions.redrive(id, execution.redriveCount)) {
      return { id, redriven: true, redriveCount: execution.redriveCount + 1 }
    }
    // DescribeExecution may lag: one that still says that it can be redriven was redriven by somebody else.
    const now = await executions.get(id)
    if (now.status === 'RUNNING' || now.redriveCount !== execution.redriveCount || now.redrivable) {
      throw new NotReplayable(`Somebody has just replayed the execution “${id}”. Look at it again.`)
    }
  }
  if (!execution.request) {
    throw new NotReplayable(
      `The message of “${id}” was not a request, so it cannot be sent again. Send a request in its place.`,
    )
  }
  const sent = await request({ ...execution.request, id: newRequestId })
  return { id: sent.id, redriven: false, redriveCount: 0 }
}

/** As a bulk replay of one. */
async function redriveInTurn(
  table: DownloadTable,
  queue: ReplayTools['queue'],
  { id, redriveCount, request, startedAt }: Execution,
  { by, reason }: { by: string; reason: string },
): Promise<void> {
  const requestedAt = startedAt.toISOString()
  const entry = { id, redriveCount, state: 'failed' as const, at: requestedAt, requestedAt }
  const download = request ? { ...entry, export: request.export } : entry
  const name = `replay-${newId()}`
  await sendBulkReplay(table, queue, { name, by, why: reason }, async () => ({ downloads: [download], skipped: [] }))
}
