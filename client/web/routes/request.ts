import { readBody } from '../body.ts'
import type { Call } from '../call.ts'
import { json } from '../respond.ts'
import { send } from '../send.ts'
import { readWish } from '../wish.ts'

/** Requests a download, joins the same one, or offers the same file. */
export async function request(call: Call): Promise<Response> {
  const asked = readWish(await readBody(call.request), call.caller)
  return json(await send(call, asked), { status: 202 })
}
