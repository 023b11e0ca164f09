/** A request that has no execution yet. */
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { facts, type Markup, type View } from '../view/page.ts'
import { stateTag } from './downloads.ts'

/** @returns null where the request does not wait */
export async function waitingPage(carryout: OperatorClient, view: View, id: string): Promise<Markup | null> {
  const entry = await carryout.entry(id)
  if (entry?.state !== 'waiting') return null
  const position = (await carryout.position(id)) ?? 0
  const { texts: t, formats: f } = view
  return facts([
    [t.state, stateTag(view, 'waiting')],
    [t.position, html`${t.ahead(f.count(position))}`],
    [t.exportName, entry.export],
    [t.params, entry.params && html`<code>${entry.params}</code>`],
    [t.requester, entry.requestedBy],
    [t.requestedAt, f.time(new Date(entry.requestedAt))],
  ])
}
