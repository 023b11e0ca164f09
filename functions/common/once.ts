/** What a notice does by one way, once: claimed before and confirmed afterwards, in the table. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Notice } from '../../statemachine/notice.ts'
import type { NoticeWay } from '../../statemachine/table.ts'
import { logger } from './step.ts'
import type { Table } from './table.ts'

/** Longer than the calls below a claim may take with their repetitions. */
export const CLAIM_MILLIS = 30_000
const LOOK_EVERY_MILLIS = 1_000

/** Thrown by work that was refused for certain: nothing was sent, so whoever comes next need not wait for the claim. */
export class Refused extends Error {}

/**
 * Does the work unless it is done. Another's claim is waited for, since it may have been given up halfway: then the
 * work is done again, so that a crash makes a second notice rather than none. Without the table it is done unclaimed.
 *
 * @param work returns what is noted beside the confirmation
 * @param deadline epoch milliseconds until when another's claim is waited for
 * @returns whether the work was done here
 * @throws what the work throws; Error when another's claim lasts beyond the deadline
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
      throw new Error(`Another invocation is at the ${way} of this notice until ${claim.until.toISOString()}.`)
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
    // To tell somebody matters more than to tell them once.
    logger.warn('The table cannot be asked whether this was done already', error as Error)
    return 'claimed' as const
  }
}

async function attempt(write: () => Promise<void>) {
  try {
    await write()
  } catch (error) {
    logger.warn('What was done cannot be noted in the table', error as Error)
  }
}

/** Also what an AWS service answered with an error of the caller's: then it has not done what it was asked. */
function isRefused(error: unknown): boolean {
  return error instanceof Refused || (error instanceof Error && '$fault' in error && error.$fault === 'client')
}
