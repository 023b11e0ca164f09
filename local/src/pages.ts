/** The local cloud's own pages under `/_carryout/`: the outbox, its mails, the way out of a subscription, and whether it stands. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Outbox, OutboxMail } from './messaging/outbox.ts'
import { type Handler, sendJson } from './protocol.ts'
import { escapeXml } from './query.ts'

/** @param options.unsubscribe ends a subscription; false where there is none. */
export function createPages(options: {
  outbox: Outbox
  unsubscribe(subscriptionArn: string): boolean
  isReady(): boolean
}): Handler {
  const { outbox, unsubscribe, isReady } = options
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const [page, id] = url.pathname.replace('/_carryout/', '').split('/')
    if (page === 'health') return sendJson(response, isReady() ? 200 : 503, { status: isReady() ? 'ready' : 'booting' })
    if (page === 'outbox' && !id) {
      const mails = outbox.list()
      if (wantsHtml(request)) return sendHtml(response, 200, 'Outbox', listing(mails))
      return sendJson(response, 200, { mails })
    }
    if (page === 'outbox') {
      const mail = outbox.get(id ?? '')
      if (!mail) return sendJson(response, 404, { message: 'There is no such mail in the outbox.' })
      // A browser shows plain text, and would save anything else.
      const type = wantsHtml(request) ? 'text/plain; charset=utf-8' : 'message/rfc822'
      response.writeHead(200, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(mail.eml)
      return
    }
    if (page === 'unsubscribe') {
      const done = unsubscribe(url.searchParams.get('SubscriptionArn') ?? '')
      const text = done
        ? 'You will get no more notifications of this topic.'
        : 'There is no such subscription any more.'
      return sendHtml(response, done ? 200 : 404, 'Subscription', `<p>${text}</p>`)
    }
    sendJson(response, 404, { message: 'The local cloud has /_carryout/outbox and /_carryout/health.' })
  }
}

function wantsHtml({ headers }: IncomingMessage): boolean {
  return (headers.accept ?? '').includes('text/html')
}

function listing(mails: OutboxMail[]): string {
  if (mails.length === 0) return '<p>Nothing has been mailed yet.</p>'
  return mails
    .map(
      ({ id, at, to, from, subject, text }) =>
        `<article><h2>${escapeXml(subject)}</h2>
<p><time>${escapeXml(at)}</time> · from ${escapeXml(from)} · to ${escapeXml(to)} · <a href="/_carryout/outbox/${id}">as sent</a></p>
<pre>${linked(text)}</pre></article>`,
    )
    .join('\n')
}

function linked(text: string): string {
  return escapeXml(text).replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" rel="noreferrer">${url}</a>`)
}

function sendHtml(response: ServerResponse, status: number, title: string, body: string) {
  const page = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title} · Carryout</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
  article { border-top: 1px solid #8886; padding: 0.5rem 0 } h2 { font-size: 1.1rem; margin: 0.5rem 0 0 }
  article p { margin: 0; opacity: 0.75 } pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }
</style>
<h1>${title}</h1>
${body}
</html>
`
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    })
    .end(page)
}
