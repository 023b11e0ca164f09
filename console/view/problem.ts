/** Explains in the reader's language what went wrong and what they can do about it. */
import type { NoSuchExecution } from '@carryout/client'
import { html } from 'hono/html'
import type { Markup, View } from './page.ts'

export interface Problem {
  status: 400 | 403 | 404 | 413 | 503
  title: string
  detail: string
  /** AWS's own message, for somebody who can help. */
  technical?: string
}

const NO_RIGHT = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden)$/
const NO_CREDENTIALS =
  /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException|SignatureDoesNotMatch)$/
const NO_ANSWER = /^(TimeoutError|ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|NetworkingError)$/

export function explain(error: Error, { texts: t, pause }: View): Problem {
  const { name, message } = error
  if (isNamed(error, 'NoSuchExecution')) {
    return { status: 404, title: t.notFound, detail: t.noSuchExecution((error as NoSuchExecution).id) }
  }
  if (isNamed(error, 'NoFile')) return { status: 404, title: t.notFound, detail: t.sentence(message) }
  if (isNamed(error, 'Paused')) {
    return { status: 400, title: t.paused, detail: pause ? t.pausedSince(pause.by) : t.resumeFirst }
  }
  if (isNamed(error, 'InvalidRequest', 'NotReplayable')) {
    return { status: 400, title: t.failed, detail: t.sentence(message) }
  }
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

/** Replaces a part of a page that cannot be shown. */
export function errorNote(view: View, error: Error): Markup {
  const { detail, technical } = explain(error, view)
  return html`<p class="note bad">${detail}</p>${technical ? html`<p class="soft">${technical}</p>` : ''}`
}

/** Recognizes an error by name, because two copies of a package have different classes. */
export function isNamed(error: unknown, ...names: string[]): boolean {
  return error instanceof Error && names.includes(error.name)
}
