/** The forms that ask before something is done: replay, edit, stop. */
import type { Execution } from '@carryout/client'
import type { FailureGroup, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { facts, type Markup, type View } from '../view/page.ts'
import { downloadsTable } from './downloads.ts'

const SHOWN = 20

export async function replayForm(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const [execution, progress] = await Promise.all([carryout.get(id), carryout.progress(id)])
  const { texts: t } = view
  const step = progress.failure?.step ?? progress.state ?? ''
  return html`${about(view, execution)}<p>${execution.redrivable ? t.replayKeeps(step) : t.replayAnew}</p>
${confirmForm(view, `executions/${id}/replay`, t.replayNow, 'primary', reasonField(view))}`
}

export async function editForm(carryout: OperatorClient, view: View, id: string, problem?: string): Promise<Markup> {
  const execution = await carryout.get(id)
  const { texts: t } = view
  const params = JSON.stringify(execution.request?.params ?? {}, null, 2)
  const fields = html`<label>${t.params}<textarea name="params" required spellcheck="false">${params}</textarea></label>${reasonField(view)}`
  return html`${about(view, execution)}${problem === undefined ? '' : html`<p class="note bad" role="alert">${problem}</p>`}<p>${t.editExplained}</p>
${confirmForm(view, `executions/${id}/edit`, t.send, 'primary', fields)}`
}

export async function stopForm(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const execution = await carryout.get(id)
  const { texts: t } = view
  return html`${about(view, execution)}<p>${t.stopExplained}</p>
${confirmForm(view, `executions/${id}/stop`, t.stop, 'danger', reasonField(view))}`
}

export function bulkForm(view: View, { key, error, reason, downloads }: FailureGroup, name: string): Markup {
  const { texts: t, formats: f } = view
  const fields = html`<label>${t.bulk.name}<input name="name" required maxlength="60" pattern="[A-Za-z0-9_\\-]{1,60}" value="${name}"></label>${reasonField(view)}`
  return html`<p class="note bad"><code>${error}</code> ${reason}</p><p>${t.bulk.preview(f.count(downloads.length))} ${t.bulk.explain}</p>
${confirmForm(view, `failures/${key}/replay`, t.bulk.start, 'primary', fields)}
${downloadsTable(view, downloads.slice(0, SHOWN), ['state'])}`
}

/** @param path of the action, below the console's base */
export function confirmForm(
  view: View,
  path: string,
  label: string,
  kind: 'primary' | 'danger',
  fields: Markup | '' = '',
): Markup {
  const { texts: t, base } = view
  return html`<form method="post" action="${base}/${path}">${fields}<p class="actions"><button class="${kind}">${label}</button><a class="button" href="${base}/${path.split('/').slice(0, -1).join('/')}">${t.cancel}</a></p></form>`
}

function about({ texts: t, base }: View, { id, request }: Execution): Markup {
  return facts([
    [t.id, html`<a href="${base}/executions/${id}">${id}</a>`],
    [t.exportName, request?.export],
    [t.requester, request?.requestedBy],
    [t.params, request && html`<code>${JSON.stringify(request.params)}</code>`],
  ])
}

function reasonField({ texts: t }: View): Markup {
  return html`<label>${t.why}<input name="why" maxlength="200"></label>`
}
