/** Makes a notice's work happen once per channel: it is claimed before and confirmed after, in the table. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Notice } from '../../statemachine/notice.ts'
import type { NoticeWay } from '../../statemachine/table.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** Longer than the calls below a claim may take, including their retries. */
const CLAIM_MILLIS = 30_000
const LOOK_EVERY_MILLIS = 1_000

/**
 * Thrown by work that was definitely refused: nothing was sent, so the next invocation need not wait for the claim to
 * end.
 */
export class Refused extends Error {}

/**
 * Does the work unless it is done. It waits for another invocation's claim, which may have been abandoned halfway; then
 * the work is done again, so that a crash causes a second notice rather than none. If the table cannot be used, the
 * work is done without a claim.
 *
 * @param work returns what is stored with the confirmation
 * @param deadline epoch milliseconds until which to wait for another's claim
 * @returns whether the work was done here
 * @throws the error of the work; Error if another's claim lasts beyond the deadline
 */
export async function once(
  table: Table,
  { id, name }: Pick<Notice, 'id' | 'name'>,
  way: NoticeWay,
  work: () => Promise<Record<string, string>>,
  deadline: number,
): Promise<boolean> {
  for (;;) {
    const claim = await claimed(table, id, name, way)
    if (claim === 'done') return false
    if (claim === 'claimed') break
    if (Date.now() + LOOK_EVERY_MILLIS > deadline) {
      throw new Error(`Another invocation has claimed the ${way} of this notice until ${claim.until.toISOString()}.`)
    }
    await sleep(LOOK_EVERY_MILLIS)
  }
  const facts = await work().catch(async (error: unknown) => {
    if (isRefused(error)) await attempt(() => table.release(id, name, way))
    throw error
  })
  await attempt(() => table.confirm(id, name, way, facts))
  return true
}

async function claimed(table: Table, id: string, notice: string, way: NoticeWay) {
  try {
    return await table.claim(id, notice, way, CLAIM_MILLIS)
  } catch (error) {
    // Notifying is more important than notifying only once.
    logger.warn('The table could not be read to check whether this had already been done', error as Error)
    return 'claimed' as const
  }
}

async function attempt(write: () => Promise<void>) {
  try {
    await write()
  } catch (error) {
    logger.warn('The confirmation could not be written to the table', error as Error)
  }
}

/** Whether the work was definitely not done, which includes client errors (4xx) of AWS services. */
function isRefused(error: unknown): boolean {
  return error instanceof Refused || (error instanceof Error && '$fault' in error && error.$fault === 'client')
}
