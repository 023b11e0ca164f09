import { NoFile, NoSuchExecution } from '../../errors.ts'
import type { Call } from '../call.ts'
import { Problem } from '../problem.ts'
import { seeOther } from '../respond.ts'

/** Anybody with the link can open the file, so it is short-lived: the browser follows it immediately. */
const LINK_SECONDS = 300

/** Redirects to the file. */
export async function file(call: Call, id: string): Promise<Response> {
  const { status } = await call.view(await call.own(id))
  if (status === 'expired') throw new Problem(410, 'Expired', 'expired')
  if (status !== 'ready')
    throw new Problem(409, 'NotReady', status === 'waiting' || status === 'running' ? 'notReady' : 'noFile')
  try {
    const options = { expiresInSeconds: LINK_SECONDS, requestedBy: call.caller.user, isThere: true }
    return seeOther((await call.site.carryout.link(id, options)).url)
  } catch (error) {
    // Step Functions keeps an execution much longer than its file.
    if (error instanceof NoFile || error instanceof NoSuchExecution) throw new Problem(410, 'Expired', 'expired')
    throw error
  }
}
