/** What is shown when a page cannot be: a sentence and what to do, never a stack trace. */
import { html } from 'hono/html'
import { HTTPException } from 'hono/http-exception'
import { drawPage, viewIn } from '../view/page.ts'
import type { ConsoleContext } from './environment.ts'
import { respond } from './respond.ts'
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

/** For whoever the host does not let in: it says nothing of what is here. */
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

export function errorPage(error: Error, context: ConsoleContext): Response | Promise<Response> {
  const view = context.get('view')
  // Refused before anybody was asked who they are: a form of another site.
  if (!view) return error instanceof HTTPException ? error.getResponse() : context.text('Something went wrong.', 500)
  const { texts: t, base } = view
  const { status, title, detail, technical } = explained(error, t)
  return respond(context, {
    status,
    title,
    section: null,
    body: html`<p class="note bad">${detail}</p>${technical ? html`<p class="soft">${technical}</p>` : ''}
<p class="actions"><a class="button" href="">${t.tryAgain}</a><a class="button" href="${base}/">${t.nav.downloads}</a></p>`,
  })
}

interface Explained {
  status: 400 | 403 | 404 | 503
  title: string
  detail: string
  /** In AWS's words, for whoever can help. */
  technical?: string
}

const NO_RIGHT = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden)$/
const NO_CREDENTIALS =
  /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch)$/
const NO_ANSWER = /^(TimeoutError|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|NetworkingError)$/

function explained(error: Error, t: ConsoleContext['var']['view']['texts']): Explained {
  const { name, message } = error
  if (error instanceof HTTPException) return { status: 403, title: t.forbidden, detail: message }
  if (isNamed(error, 'NoSuchExecution', 'NoFile')) return { status: 404, title: t.notFound, detail: message }
  if (isNamed(error, 'Paused')) return { status: 400, title: t.paused, detail: message }
  if (isNamed(error, 'InvalidRequest', 'NotReplayable')) return { status: 400, title: t.failed, detail: message }
  const technical = `${name}: ${message}`
  if (NO_RIGHT.test(name)) {
    const action = /perform: (\S+)/.exec(message)?.[1] ?? name
    return { status: 403, title: t.forbidden, detail: t.forbiddenAws(action), technical }
  }
  if (NO_CREDENTIALS.test(name)) return { status: 403, title: t.forbidden, detail: t.credentials, technical }
  if (NO_ANSWER.test(name) || NO_ANSWER.test(String((error as { code?: unknown }).code))) {
    return { status: 503, title: t.failed, detail: t.unreachable, technical }
  }
  return { status: 503, title: t.failed, detail: t.unexpected, technical }
}

/** By the name: two copies of a package have two classes of one name. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}
