/** Shows who was notified of a download, how, and when. */
import type { NoticeFacts } from '@carryout/client'
import { html } from 'hono/html'
import type { Markup, View } from '../view/page.ts'

const DONE = 'Done'

export function noticesSection(view: View, notices: Record<string, NoticeFacts>): Markup {
  const { texts: t, formats: f } = view
  const rows = Object.entries(notices).flatMap(([name, facts]) => {
    const [, redrives] = name.split('#')
    const about = redrives === undefined ? t.noticeReady : t.noticeFailed(Number(redrives))
    return waysOf(facts).map(
      ([way, at]) =>
        html`<tr><th scope="row">${about}</th><td>${t.noticeWays[way] ?? way}${way === 'mail' ? mailFacts(view, facts) : ''}</td><td>${f.time(new Date(at))}</td></tr>`,
    )
  })
  return html`<h2>${t.notices}</h2>${rows.length === 0 ? html`<p class="soft">${t.noNotices}</p>` : html`<table><tbody>${rows}</tbody></table>`}`
}

/** Returns the ways that are done, in order of time. */
function waysOf(facts: NoticeFacts): [way: string, at: string][] {
  return Object.entries(facts)
    .filter(([name, value]) => name.endsWith(DONE) && typeof value === 'string')
    .map(([name, at]): [string, string] => [name.slice(0, -DONE.length), at as string])
    .sort(([, one], [, other]) => (one < other ? -1 : 1))
}

function mailFacts({ texts: t, base, sections }: View, { messageId, feedback }: NoticeFacts): Markup {
  const isHere = messageId !== undefined && sections.includes('outbox')
  return html`${isHere ? html` · <a href="${base}/outbox/${messageId}">${t.openMail}</a>` : ''}${feedback ? html` <strong>${t.feedback[feedback] ?? feedback}</strong>` : ''}`
}
