/** What is shown when a page cannot be: a sentence and what to do, never a stack trace. */
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import type { ConsoleContext } from './environment.ts'
import { respond } from './respond.ts'

export function notFoundPage(context: ConsoleContext) {
  const { texts: t, base } = context.get('view')
  return respond(context, {
    status: 404,
    title: t.notFound,
    section: null,
    body: html`<p><a class="button" href="${base}/">${t.nav.downloads}</a></p>`,
  })
}

export function errorPage(error: Error, context: ConsoleContext): Response | Promise<Response> {
  const view = context.get('view')
  // Refused before anybody was asked who they are: a form of another site.
  if (!view) return error instanceof HTTPException ? error.getResponse() : context.text('Something went wrong.', 500)
  const { texts: t } = view
  const { status, title, detail } = explained(error, t)
  return respond(context, {
    status,
    title,
    section: null,
    body: html`<p class="note bad">${detail}</p><p>${t.tryAgain}</p>`,
  })
}

function explained(error: Error, t: ConsoleContext['var']['view']['texts']) {
  if (error instanceof HTTPException) return { status: 403 as const, title: t.forbidden, detail: error.message }
  if (isNamed(error, 'NoSuchExecution', 'NoFile'))
    return { status: 404 as const, title: t.notFound, detail: error.message }
  if (isNamed(error, 'InvalidRequest', 'Paused', 'NotReplayable'))
    return { status: 400 as const, title: t.failed, detail: error.message }
  if (/^(AccessDenied|AccessDeniedException|UnauthorizedOperation)$/.test(error.name)) {
    const action = /perform: (\S+)/.exec(error.message)?.[1] ?? error.name
    return { status: 403 as const, title: t.forbidden, detail: t.forbiddenAws(action) }
  }
  return { status: 503 as const, title: t.failed, detail: `${error.name}: ${error.message}` }
}

/** By the name: two copies of a package have two classes of one name. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}
