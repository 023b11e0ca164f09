/** Requests a download, unless the same one exists or too many are pending. */
import { likenessOf } from '../../statemachine/likeness.ts'
import type { DownloadEntry } from '../../statemachine/table.ts'
import { waitingEntry } from '../../statemachine/table-entry.ts'
import { NoFile, NoSuchExecution } from '../errors.ts'
import type { Standing } from '../table-standing.ts'
import type { Call } from './call.ts'
import type { Outcome, Requested } from './contract.ts'
import { invalid, Problem } from './problem.ts'
import { TEXTS } from './texts.ts'
import type { Asked } from './wish.ts'

/** A pending download may have ended by then. */
const PENDING_RETRY_SECONDS = 30

export async function send(call: Call, asked: Asked): Promise<Requested> {
  await call.checkAllowed(asked.request)
  return await call.site.inTurn(call.requester, async () => {
    const { outcome, entry } = await decide(call, asked)
    return { outcome, download: await call.viewOf(entry) }
  })
}

async function decide(call: Call, asked: Asked): Promise<{ outcome: Outcome; entry: DownloadEntry }> {
  const { request } = asked
  const { site } = call
  const table = await site.table()
  const likeness = likenessOf({ ...request })
  if (asked.isKeyed) {
    const known = await table.entry(request.id)
    if (known?.state !== undefined) {
      if (known.likeness !== likeness) throw invalid('The id belongs to another request; send this one with a new id')
      return { outcome: known.state === 'ready' ? 'finished' : 'joined', entry: known }
    }
  }
  const { pending, same, finished } = await standingOf(call, likeness)
  const isFull = pending >= site.pendingLimit
  if (isFull && !same && !finished) throw tooMany(pending)
  const examined = await site.examine(request)
  if (examined?.problem != null) throw invalid(examined.problem)
  const code = examined?.catalogue ?? null
  if (same && same.id !== asked.over && (await isOf(code, call, same))) return { outcome: 'joined', entry: same }
  const isOffered = finished && !asked.fresh && (code === null || finished.catalogue === code)
  if (isOffered && (await isThere(call, finished))) return { outcome: 'finished', entry: finished }
  if (isFull) throw tooMany(pending)
  const requestedAt = new Date().toISOString()
  await site.carryout.request(request)
  site.addRecent(call.requester, request.id)
  // The entry in the table; if the table does not have it yet, one made from the message.
  const entry = (await table.entry(request.id)) ?? waitingEntry(request.id, JSON.stringify(request), requestedAt)
  return { outcome: 'requested', entry }
}

/** Returns the table's index, plus what was requested from this process since. */
async function standingOf({ site, caller, requester }: Call, likeness: string): Promise<Standing> {
  const table = await site.table()
  const standing = await table.standing(caller.user, likeness)
  for (const id of site.recentOf(requester)) {
    const entry = standing.ids.has(id) ? undefined : await table.entry(id)
    if (entry?.state !== 'waiting' && entry?.state !== 'running') continue
    standing.pending++
    if (entry.likeness === likeness) standing.same ??= entry
  }
  return standing
}

/**
 * Whether a download was made by this code. One that waits will be exported by whatever is deployed then. @param code
 * null if unknown
 */
async function isOf(code: string | null, { site, requester }: Call, { id, state }: DownloadEntry): Promise<boolean> {
  if (code === null || state !== 'running') return true
  const catalogue = (await site.looks.at(id, requester))?.progress?.catalogue ?? null
  return catalogue === null || catalogue === code
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
