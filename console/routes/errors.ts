/** Error pages: a sentence and what to do, never a stack trace. */
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import { drawPage, viewIn } from '../view/page.ts'
import { errorNote, explain } from '../view/problem.ts'
import type { ConsoleContext } from './environment.ts'
import { addressOf, respond } from './respond.ts'
import { languageOf } from './view.ts'

export function notFoundPage(context: ConsoleContext) {
  const { texts: t, base } = context.get('view')
  return respond(context, {
    status: 404,
    title: t.notFound,
    section: null,
    body: html`<p><a class="button" href="${base}/">${t.nav.downloads}</a></p>`,
  })
}

/** The page for somebody whom the host does not authorize. It reveals nothing about the console. */
export function notAllowedPage(context: ConsoleContext, base: string) {
  const rest = { base, sections: [], readOnly: true, pause: null, outage: null, isStranger: true }
  const view = viewIn(languageOf(context, base), 'UTC', rest)
  const { texts: t } = view
  context.header('cache-control', 'no-store')
  const body = html`<p>${t.notAllowedExplained}</p>`
  return context.html(
    drawPage(view, {
      title: t.notAllowed,
      section: null,
      body,
      otherLanguageHref: `?lang=${view.language === 'en' ? 'ja' : 'en'}`,
    }),
    403,
  )
}

export function tooLargePage(context: ConsoleContext) {
  const { texts: t } = context.get('view')
  return respond(context, {
    status: 413,
    title: t.failed,
    section: null,
    body: html`<p class="note bad">${t.tooLarge}</p>`,
  })
}

export function errorPage(error: Error, context: ConsoleContext): Response | Promise<Response> {
  const view = context.get('view')
  // The request was refused before authorization, such as a form of another site.
  if (!view) return error instanceof HTTPException ? error.getResponse() : context.text('Something went wrong.', 500)
  const { texts: t, base } = view
  const { status, title } = explain(error, view)
  const { pathname, search } = addressOf(context)
  return respond(context, {
    status,
    title,
    section: null,
    body: html`${errorNote(view, error)}
<p class="actions"><a class="button" href="${pathname}${search}">${t.tryAgain}</a><a class="button" href="${base}/">${t.nav.downloads}</a></p>`,
  })
}
