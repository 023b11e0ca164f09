/** Requests a download, unless the same one is there or too many are pending. */
import { likenessOf } from '../../statemachine/likeness.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { NoFile, NoSuchExecution } from '../errors.ts'
import type { Call } from './call.ts'
import type { Outcome, Requested } from './contract.ts'
import { invalid, Problem } from './problem.ts'
import { TEXTS } from './texts.ts'
import type { Asked } from './wish.ts'

/** Something may have ended by then. */
const PENDING_RETRY_SECONDS = 30

export async function send(call: Call, asked: Asked): Promise<Requested> {
  await call.checkAllowed(asked.request)
  return await call.site.inTurn(call.caller.user, async () => {
    const { outcome, entry } = await decide(call, asked)
    return { outcome, download: await call.viewOf(entry) }
  })
}

async function decide(call: Call, asked: Asked): Promise<{ outcome: Outcome; entry: DownloadEntry }> {
  const { request } = asked
  const { site, caller } = call
  const table = await site.table()
  const likeness = likenessOf({ ...request })
  if (asked.isKeyed) {
    const known = await table.entry(request.id)
    if (known?.state !== undefined) {
      if (known.likeness !== likeness) throw invalid('The id belongs to another request; send this one with a new id')
      return { outcome: known.state === 'ready' ? 'finished' : 'joined', entry: known }
    }
  }
  const { pending, same, finished } = await table.standing(caller.user, likeness)
  if (same && same.id !== asked.over) return { outcome: 'joined', entry: same }
  if (finished && !asked.fresh && (await isThere(call, finished))) return { outcome: 'finished', entry: finished }
  if (pending >= site.pendingLimit) throw tooMany(pending)
  const requestedAt = new Date().toISOString()
  await site.carryout.request(request)
  site.looks.forget(request.id, call.requester)
  // As it stands in the table; what that does not know yet the message says.
  const entry = (await table.entry(request.id)) ?? waitingEntry(request.id, JSON.stringify(request), requestedAt)
  return { outcome: 'requested', entry }
}

async function isThere({ site, caller }: Call, { id }: DownloadEntry): Promise<boolean> {
  try {
    await site.carryout.link(id, { isThere: true, requestedBy: caller.user })
    return true
  } catch (error) {
    if (error instanceof NoFile || error instanceof NoSuchExecution) return false
    throw error
  }
}

function tooMany(count: number): Problem {
  return new Problem(
    429,
    'TooManyPending',
    (language) => TEXTS[language].tooManyPending.replace('{count}', String(count)),
    { 'retry-after': String(PENDING_RETRY_SECONDS) },
  )
}
