/** The outbox as pages and as JSON, under `/_carryout/outbox`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { sendHtml, wantsHtml } from '../html.ts'
import { sendJson } from '../protocol.ts'
import { escapeXml } from '../xml.ts'
import type { Outbox, OutboxMail } from './outbox.ts'

const MAILS_A_PAGE = 25
const MAILS_OF_A_PROGRAM = 1000
/**
 * A mail's HTML is somebody else's: it runs no script, loads nothing and reads nothing of this origin. Its links open in
 * a window of their own, as from a mail program.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
 */
const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox'
const MAIL_POLICY = `sandbox ${SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`

/** @param path what follows `/_carryout/outbox`, split at its slashes. */
export function outboxPage(outbox: Outbox, path: string[], request: IncomingMessage, response: ServerResponse) {
  const [id, view] = path
  if (!id) return list(outbox, request, response)
  const mail = outbox.get(id)
  if (!mail || (view && (view !== 'html' || mail.html === undefined))) {
    return sendJson(response, 404, { message: 'There is no such mail in the outbox.' })
  }
  if (view === 'html') {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': MAIL_POLICY }
    response.writeHead(200, { ...headers, ...NO_SNIFFING }).end(`<base target="_blank">${mail.html}`)
    return
  }
  // A browser shows plain text, and would save anything else.
  const type = wantsHtml(request) ? 'text/plain; charset=utf-8' : 'message/rfc822'
  response.writeHead(200, { 'content-type': type, ...NO_SNIFFING }).end(mail.eml)
}

const HOME = '<p><a href="/_carryout/">Home</a></p>'

const NO_SNIFFING = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

function list(outbox: Outbox, request: IncomingMessage, response: ServerResponse) {
  const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
  const before = query.get('before') ?? undefined
  const html = wantsHtml(request)
  const limit = html ? MAILS_A_PAGE : MAILS_OF_A_PROGRAM
  const mails = outbox.list({ before, limit: limit + 1 })
  const next = mails.length > limit ? mails[limit - 1]?.id : undefined
  const page = mails.slice(0, limit)
  if (!html) return sendJson(response, 200, { mails: page, ...(next === undefined ? {} : { next }) })
  const older = next === undefined ? '' : `<p><a href="?before=${next}">Older mails</a></p>`
  const empty = before === undefined ? 'Nothing has been mailed yet.' : 'There are no older mails.'
  sendHtml(
    response,
    200,
    'Outbox',
    HOME + (page.length === 0 ? `<p>${empty}</p>` : page.map(article).join('\n') + older),
  )
}

function article({ id, at, to, from, subject, text, html }: OutboxMail): string {
  const words = `<pre>${linked(text)}</pre>`
  const alternative =
    text === '' ? '' : `<details><summary>Text for mail programs without HTML</summary>${words}</details>`
  return `<article><h2>${escapeXml(subject)}</h2>
<p><time>${escapeXml(at)}</time> · from ${escapeXml(from)} · to ${escapeXml(to)} · <a href="/_carryout/outbox/${id}">as sent</a></p>
${
  html === undefined
    ? words
    : `<iframe src="/_carryout/outbox/${id}/html" sandbox="${SANDBOX}" loading="lazy" title="${escapeXml(subject)}"></iframe>
<p><a href="/_carryout/outbox/${id}/html">the HTML alone</a></p>${alternative}`
}</article>`
}

function linked(text: string): string {
  return escapeXml(text).replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`)
}
