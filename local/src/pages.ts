/** The local cloud's own pages under `/_carryout/`: the outbox, unsubscribing, and health. */
import { sendHtml } from './html.ts'
import type { Outbox } from './mail/outbox.ts'
import { outboxPage } from './mail/pages.ts'
import type { Site } from './options.ts'
import { type Handler, sendJson } from './protocol.ts'

/** @param options.unsubscribe ends a subscription; returns false if there is none */
export function createPages(options: {
  outbox: Outbox
  unsubscribe(subscriptionArn: string): boolean
  isReady(): boolean
  site?: Site | undefined
}): Handler {
  const { outbox, unsubscribe, isReady, site } = options
  return async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const [page, ...path] = url.pathname.replace('/_carryout/', '').split('/')
    if (page === 'health') return sendJson(response, isReady() ? 200 : 503, { status: isReady() ? 'ready' : 'booting' })
    if (page === 'outbox') return outboxPage({ outbox, languageCookie: site?.languageCookie }, path, request, response)
    if (page === 'unsubscribe') {
      const done = unsubscribe(url.searchParams.get('SubscriptionArn') ?? '')
      const text = done ? 'You will get no more notifications from this topic.' : 'This subscription no longer exists.'
      return sendHtml(response, done ? 200 : 404, 'Subscription', `<p>${text}</p>`)
    }
    if (site) return site.handler(request, response)
    sendJson(response, 404, { message: 'The local cloud has /_carryout/outbox and /_carryout/health.' })
  }
}
