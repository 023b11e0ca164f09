import { createHash } from 'node:crypto'
import type { Call } from '../call.ts'
import { type DownloadView, OVER } from '../contract.ts'
import { streamEvents } from '../events.ts'
import { json, notModified } from '../respond.ts'

const RUNNING_SECONDS = 2
const PAUSED_SECONDS = 30
const LONGEST_SECONDS = 15

/** Returns a download's progress as JSON, or as events if the page asks for them and the host can stream. */
export async function one(call: Call, id: string): Promise<Response> {
  const view = await call.view(await call.own(id))
  const { headers, method } = call.request
  const wantsEvents = (headers.get('accept') ?? '').includes('text/event-stream')
  if (wantsEvents && method !== 'HEAD' && (call.site.options.stream ?? true)) return streamEvents(call, view)
  const etag = `"${createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 22)}"`
  const common = { etag, vary: 'accept', ...(!isOver(view) && { 'retry-after': String(retryAfter(view)) }) }
  const known = headers.get('if-none-match')?.split(/\s*,\s*/) ?? []
  if (known.includes(etag) || known.includes(`W/${etag}`)) return notModified(etag, common)
  return json(view, { headers: common })
}

export function isOver({ status }: DownloadView): boolean {
  return OVER.includes(status)
}

/** Returns when to ask again: rarely while much is before it. */
function retryAfter({ status, position, paused }: DownloadView): number {
  if (paused) return PAUSED_SECONDS
  return status === 'running' ? RUNNING_SECONDS : Math.min(LONGEST_SECONDS, RUNNING_SECONDS + (position ?? 0))
}
