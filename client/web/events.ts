/** A download as server-sent events: one immediately, one for each change, and the last when it is over. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Call } from './call.ts'
import { DOWNLOAD_EVENT, type DownloadView, OVER } from './contract.ts'
import { Problem } from './problem.ts'

/** All watchers of the same download share its reads. */
const RUNNING_MILLIS = 1_000
const WAITING_MILLIS = 2_000
/** Proxies close connections that are silent for a minute. */
const SILENT_MILLIS = 15_000
/** After this the page reconnects, which checks the session again. */
const LONGEST_MILLIS = 10 * 60_000

export function streamEvents(call: Call, first: DownloadView): Response {
  const ended = new AbortController()
  const { signal } = call.request
  if (signal?.aborted) ended.abort()
  else signal?.addEventListener('abort', () => ended.abort())
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => controller.enqueue(encoder.encode(text))
      void watch(call, first, write, ended.signal).then(
        () => closeQuietly(controller),
        () => closeQuietly(controller),
      )
    },
    cancel: () => ended.abort(),
  })
  const headers = {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'private, no-cache, no-transform',
    // Keeps nginx from buffering events.
    'x-accel-buffering': 'no',
  }
  return new Response(body, { headers })
}

async function watch(call: Call, first: DownloadView, write: (text: string) => void, signal: AbortSignal) {
  const end = Date.now() + LONGEST_MILLIS
  let view = first
  let last = ''
  let written = Date.now()
  for (;;) {
    const data = JSON.stringify(view)
    const isNew = data !== last
    if (isNew || Date.now() - written > SILENT_MILLIS) {
      write(isNew ? `event: ${DOWNLOAD_EVENT}\ndata: ${data}\n\n` : ': still here\n\n')
      written = Date.now()
    }
    last = data
    if (OVER.includes(view.status) || Date.now() > end) return
    await sleep(view.status === 'running' ? RUNNING_MILLIS : WAITING_MILLIS, undefined, { signal })
    view = await next(call, view)
  }
}

/** Returns the next view; the same one if AWS does not respond for a moment. */
async function next(call: Call, view: DownloadView): Promise<DownloadView> {
  try {
    return await call.view(await call.own(view.id))
  } catch (error) {
    if (error instanceof Problem) throw error
    call.site.report(error)
    return view
  }
}

function closeQuietly(controller: ReadableStreamDefaultController) {
  try {
    controller.close()
  } catch {
    // The reader has gone.
  }
}
