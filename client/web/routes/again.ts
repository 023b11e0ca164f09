import { NoSuchExecution } from '../../errors.ts'
import { type NewRequest, newId } from '../../request.ts'
import type { Call } from '../call.ts'
import type { Look } from '../looks.ts'
import { Problem } from '../problem.ts'
import { json } from '../respond.ts'
import { send } from '../send.ts'
import { checked } from '../wish.ts'
import { isOver } from './one.ts'

/**
 * Sends the same request under a new id through the queue. A redrive would keep what was written, but would start
 * immediately, before everything that waits. A pending request is joined.
 */
export async function again(call: Call, id: string): Promise<Response> {
  const { site, caller } = call
  const look = await call.own(id)
  const download = await call.view(look)
  if (!isOver(download)) return json({ outcome: 'joined', download }, { status: 202 })
  const fields = await fieldsOf(call, look)
  const request = checked({ ...fields, id: newId() }, caller)
  const requested = await send(call, { request, isKeyed: false, fresh: true, over: id })
  if (requested.outcome === 'requested') {
    // The lineage is only a note for operators.
    await (await site.table()).addLineage(id, requested.download.id).catch(() => undefined)
  }
  return json(requested, { status: 202 })
}

/**
 * Returns the fields of the execution, which has all of them; of the entry if there is no execution, as for a request
 * cancelled before its turn.
 */
async function fieldsOf({ site, caller }: Call, { entry }: Look) {
  try {
    const { request } = await site.carryout.get(entry.id)
    if (request) return { ...request, requestedBy: caller.user }
  } catch (error) {
    if (!(error instanceof NoSuchExecution)) throw error
  }
  const { export: name, params, format, compression, encoding } = entry
  if (name === undefined || params === undefined) throw new Problem(409, 'NotReady', 'notKnownAnyMore')
  const asked = { format, compression, encoding } as Pick<NewRequest, 'format' | 'compression' | 'encoding'>
  return { export: name, params: JSON.parse(params) as Record<string, unknown>, requestedBy: caller.user, ...asked }
}
