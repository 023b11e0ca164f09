/** Makes a response from a page's content. */
import { isRequestId } from '../../statemachine/request.ts'
import { drawPage, type Page } from '../view/page.ts'
import type { ConsoleContext } from './environment.ts'

const NOTES = ['replayed', 'stopped', 'cancelled', 'paused', 'resumed', 'dropped', 'bulkStopped', 'stale'] as const

export function respond(
  context: ConsoleContext,
  page: Omit<Page, 'otherLanguageHref' | 'done'> & { status?: 200 | 400 | 403 | 404 | 413 | 500 | 503 },
) {
  const view = context.get('view')
  const { status = 200, ...rest } = page
  context.header('cache-control', 'no-store')
  return context.html(
    drawPage(view, { ...rest, done: noteOf(context), otherLanguageHref: otherLanguageHref(context) }),
    status,
  )
}

/** Redirects from a submitted form to the page that shows the result. */
export function redirectTo(context: ConsoleContext, path: string, note?: { done: string; id?: string }) {
  const query = note ? `?${new URLSearchParams({ ...note })}` : ''
  return context.redirect(`${context.get('view').base}/${path}${query}`, 303)
}

function noteOf(context: ConsoleContext): Page['done'] {
  const { texts: t } = context.get('view')
  const done = context.req.query('done')
  const id = context.req.query('id')
  if (done === 'sent' && isRequestId(id)) return { text: t.done.sent(id) }
  const note = NOTES.find((each) => each === done)
  return note && { text: t.done[note], isBad: note === 'stale' }
}

/** Returns the URL of the current page; the response to a form has no page of its own. */
export function addressOf(context: ConsoleContext): URL {
  const url = withOneSlash(new URL(context.req.url))
  if (context.req.method === 'GET') return url
  const { base } = context.get('view')
  const from = context.req.header('referer') ?? ''
  return from.startsWith(`${url.origin}${base}/`) ? withOneSlash(new URL(from)) : new URL(`${base}/`, url)
}

/** A path that begins with two slashes would be a link to another host. */
function withOneSlash(url: URL): URL {
  url.pathname = url.pathname.replace(/^\/+/, '/')
  return url
}

function otherLanguageHref(context: ConsoleContext): string {
  const url = addressOf(context)
  for (const name of ['done', 'id']) url.searchParams.delete(name)
  url.searchParams.set('lang', context.get('view').language === 'en' ? 'ja' : 'en')
  return `${url.pathname}${url.search}`
}
