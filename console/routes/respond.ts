/** From a page's content to the answer. */
import { drawPage, type Page } from '../view/page.ts'
import type { ConsoleContext } from './environment.ts'

const NOTES = ['replayed', 'stopped', 'cancelled', 'paused', 'resumed', 'dropped', 'bulkStopped', 'stale'] as const

export function respond(
  context: ConsoleContext,
  page: Omit<Page, 'otherLanguageHref' | 'done'> & { status?: 200 | 400 | 403 | 404 | 500 | 503 },
) {
  const view = context.get('view')
  const { status = 200, ...rest } = page
  context.header('cache-control', 'no-store')
  return context.html(
    drawPage(view, { ...rest, done: noteOf(context), otherLanguageHref: otherLanguageHref(context) }),
    status,
  )
}

/** After a form was sent: the page that shows what came of it. */
export function redirectTo(context: ConsoleContext, path: string, note?: { done: string; id?: string }) {
  const query = note ? `?${new URLSearchParams({ ...note })}` : ''
  return context.redirect(`${context.get('view').base}/${path}${query}`, 303)
}

function noteOf(context: ConsoleContext): Page['done'] {
  const { texts: t } = context.get('view')
  const done = context.req.query('done')
  if (done === 'sent') return { text: t.done.sent(context.req.query('id') ?? '') }
  const note = NOTES.find((each) => each === done)
  return note && { text: t.done[note], isBad: note === 'stale' }
}

function otherLanguageHref(context: ConsoleContext): string {
  const url = new URL(context.req.url)
  url.searchParams.delete('done')
  url.searchParams.set('lang', context.get('view').language === 'en' ? 'ja' : 'en')
  return `${url.pathname}${url.search}`
}
