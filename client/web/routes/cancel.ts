import type { Call } from '../call.ts'
import { json } from '../respond.ts'

/** Cancels a download that waits or runs; one that is over is left unchanged. */
export async function cancel(call: Call, id: string): Promise<Response> {
  const { site, caller } = call
  await call.own(id)
  const was = await site.carryout.cancel(id, { by: caller.user })
  site.looks.forget(id, call.requester)
  const look = await call.own(id)
  if (was === 'over') return json(await call.view(look))
  // The table lags slightly.
  const endedAt = look.entry.endedAt ?? new Date().toISOString()
  const entry = { ...look.entry, state: 'cancelled' as const, endedAt }
  return json(await call.view({ entry, progress: look.progress }))
}
