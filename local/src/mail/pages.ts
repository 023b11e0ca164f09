/** The outbox as pages and as JSON, under `/_carryout/outbox`. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { languageOf, type PageLanguage, sendHtml, wantsHtml } from '../html.ts'
import { sendJson } from '../protocol.ts'
import { escapeXml } from '../xml.ts'
import type { Outbox, OutboxMail } from './outbox.ts'

const MAILS_A_PAGE = 25
const MAILS_OF_A_PROGRAM = 1000
/**
 * Restricts a mail's HTML, which is foreign: it runs no scripts, loads nothing and cannot read this origin. Its links
 * open in a new window, as in a mail program.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/sandbox
 */
const SANDBOX = 'allow-popups allow-popups-to-escape-sandbox'
const MAIL_POLICY = `sandbox ${SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'`

interface Shown {
  outbox: Outbox
  /** The cookie in which the neighbouring site keeps the reader's language. */
  languageCookie: string | undefined
}

/** @param path what follows `/_carryout/outbox`, split at slashes */
export function outboxPage(
  { outbox, languageCookie }: Shown,
  path: string[],
  request: IncomingMessage,
  response: ServerResponse,
) {
  const [id, view] = path
  if (!id) return list({ outbox, languageCookie }, request, response)
  const mail = outbox.get(id)
  if (!mail || (view && (view !== 'html' || mail.html === undefined))) {
    return sendJson(response, 404, { message: 'There is no such mail in the outbox.' })
  }
  if (view === 'html') {
    const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': MAIL_POLICY }
    response.writeHead(200, { ...headers, ...NO_SNIFFING }).end(`<base target="_blank">${mail.html}`)
    return
  }
  // A browser displays plain text; other types would be saved.
  const type = wantsHtml(request) ? 'text/plain; charset=utf-8' : 'message/rfc822'
  response.writeHead(200, { 'content-type': type, ...NO_SNIFFING }).end(mail.eml)
}

const EN = {
  title: 'Outbox',
  home: 'Home',
  older: 'Older mails',
  none: 'Nothing has been mailed yet.',
  noOlder: 'There are no older mails.',
  from: 'from',
  to: 'to',
  asSent: 'as sent',
  htmlAlone: 'the HTML alone',
  text: 'Text for mail programs without HTML',
}
const WORDS: Record<PageLanguage, typeof EN> = {
  en: EN,
  ja: {
    title: '送信トレイ',
    home: 'ホーム',
    older: '以前のメール',
    none: '送信したメールはまだありません。',
    noOlder: 'これより前のメールはありません。',
    from: '差出人:',
    to: '宛先:',
    asSent: '送信した形で表示',
    htmlAlone: 'HTML だけを表示',
    text: 'HTML を表示できないメールソフト向けのテキスト',
  },
}

const NO_SNIFFING = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

function list({ outbox, languageCookie }: Shown, request: IncomingMessage, response: ServerResponse) {
  const query = new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
  const before = query.get('before') ?? undefined
  const html = wantsHtml(request)
  const limit = html ? MAILS_A_PAGE : MAILS_OF_A_PROGRAM
  const mails = outbox.list({ before, limit: limit + 1 })
  const next = mails.length > limit ? mails[limit - 1]?.id : undefined
  const page = mails.slice(0, limit)
  if (!html) return sendJson(response, 200, { mails: page, ...(next === undefined ? {} : { next }) })
  const language = languageOf(request, languageCookie)
  const words = WORDS[language]
  const home = `<p><a href="/_carryout/">${words.home}</a></p>`
  const older = next === undefined ? '' : `<p><a href="?before=${next}">${words.older}</a></p>`
  const empty = `<p>${before === undefined ? words.none : words.noOlder}</p>`
  const mailed = page.map((mail) => article(mail, words)).join('\n')
  sendHtml(response, 200, words.title, home + (page.length === 0 ? empty : mailed + older), language)
}

function article({ id, at, to, from, subject, text, html }: OutboxMail, t: typeof EN): string {
  const words = `<pre>${linked(text)}</pre>`
  const alternative = text === '' ? '' : `<details><summary>${t.text}</summary>${words}</details>`
  return `<article><h2>${escapeXml(subject)}</h2>
<p><time datetime="${escapeXml(at)}">${escapeXml(readable(at))}</time> · ${t.from} ${escapeXml(from)} · ${t.to} ${escapeXml(to)} · <a href="/_carryout/outbox/${id}">${t.asSent}</a></p>
${
  html === undefined
    ? words
    : `<iframe src="/_carryout/outbox/${id}/html" sandbox="${SANDBOX}" loading="lazy" title="${escapeXml(subject)}"></iframe>
<p><a href="/_carryout/outbox/${id}/html">${t.htmlAlone}</a></p>${alternative}`
}</article>`
}

/** @param at ISO 8601, UTC */
function readable(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d+)?Z$/, ' UTC')
}

function linked(text: string): string {
  return escapeXml(text).replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`)
}
