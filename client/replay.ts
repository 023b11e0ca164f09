/** Replays one failed execution: it is redriven if AWS can do so, and otherwise requested again. */
import type { SQSClient } from '@aws-sdk/client-sqs'
import { sendBulkReplay } from './bulk-replays.ts'
import { NotReplayable, Paused } from './errors.ts'
import type { Execution } from './execution.ts'
import type { Executions } from './executions.ts'
import { type NewRequest, newId } from './request.ts'
import type { Sent } from './sent.ts'
import type { DownloadTable } from './table.ts'

/** The result of a replay. */
export interface Replay {
  /** The id of the same execution if it was redriven, otherwise of the new one. */
  id: string
  /** False if a new request was sent because the old execution could not be redriven. */
  redriven: boolean
  /** To be passed to `follow`. */
  redriveCount: number
  /** Set if the database does not respond: the execution will be redriven when it does, in its turn. */
  waits?: 'outage'
}

/** Options of a replay. */
export interface ReplayOptions {
  /** The id of the new request, if the execution cannot be redriven; a generated one by default. */
  newRequestId?: string | undefined
}

/** The clients that a replay uses. */
export interface ReplayTools {
  executions: Pick<Executions, 'get' | 'redrive'>
  /** Undefined if the parts have none; then pauses and outages are unknown. */
  table: DownloadTable | undefined
  queue: { client: SQSClient; url: string }
  request: (request: NewRequest) => Promise<Sent>
}

/**
 * @param who recorded with a redrive that waits
 * @param newRequestId of the request to send if the execution cannot be redriven
 * @throws NoSuchExecution
 * @throws NotReplayable if it runs, was just replayed by somebody, or never was a request
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
    // DescribeExecution may lag: if it still says that the execution can be redriven, somebody else redrove it.
    const now = await executions.get(id)
    if (now.status === 'RUNNING' || now.redriveCount !== execution.redriveCount || now.redrivable) {
      throw new NotReplayable(`The execution “${id}” has just been replayed by somebody else. Check its state again.`)
    }
  }
  if (!execution.request) {
    throw new NotReplayable(
      `The message of “${id}” was not a request, so it cannot be sent again. Send a new request instead.`,
    )
  }
  const sent = await request({ ...execution.request, id: newRequestId })
  return { id: sent.id, redriven: false, redriveCount: 0 }
}

/** Redrives it through a bulk replay with one execution. */
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
