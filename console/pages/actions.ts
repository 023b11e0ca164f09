/** The confirmation forms for replay, edit and stop. */
import type { Execution, Progress } from '@carryout/client'
import type { OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { errorName } from '../view/error-name.ts'
import { facts, type Markup, type View } from '../view/page.ts'
import { type Draft, idField, readCatalogue, requestFields } from './request-form.ts'

export async function replayForm(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const [execution, progress] = await Promise.all([carryout.get(id), carryout.progress(id)])
  const { texts: t } = view
  return html`${about(view, execution)}${facts(whatReplayDoes(view, execution, progress))}
${confirmForm(view, `executions/${id}/replay`, t.replayNow, 'primary', html`${idField()}${reasonField(view)}`)}`
}

/** Explains what a replay keeps, what runs again, and with which definition and code. */
function whatReplayDoes(
  { texts: { replayExplained: t }, formats: f }: View,
  { redrivable, status }: Execution,
  { failure, state, rows }: Progress,
): [string, string][] {
  if (!redrivable) {
    return [
      [t.kept, t.keptNothing],
      [t.again, t.whole],
      [t.code, t.anew],
    ]
  }
  const step = failure?.step ?? state ?? ''
  // What a stopped execution wrote was deleted.
  const kept = rows > 0 && status !== 'ABORTED' ? t.keptRows(f.count(rows)) : t.keptNothing
  return [
    [t.kept, kept],
    [t.again, failure?.error === 'FileIncomplete' ? t.finishAgain : t.fromStep(step)],
    [t.code, t.redrive],
  ]
}

interface EditState {
  /** The form as it was submitted and refused. */
  draft?: Draft | undefined
  problem?: string | undefined
  /** The name of another export than the request's. */
  exportName?: string | undefined
  isJson: boolean
}

export async function editForm(
  carryout: OperatorClient,
  view: View,
  id: string,
  { draft, problem, exportName, isJson }: EditState,
): Promise<Markup> {
  const [execution, catalogue] = await Promise.all([carryout.get(id), readCatalogue(carryout)])
  const { texts: t, base } = view
  const shown = draft ?? draftFrom(execution)
  if (exportName) shown.export = exportName
  const described = catalogue?.find(({ name }) => name === shown.export)
  const path = `executions/${id}/edit`
  const options = catalogue?.map(
    ({ name }) => html`<option${name === shown.export ? html` selected` : ''}>${name}</option>`,
  )
  const choose =
    options &&
    html`<form class="filters" method="get" action="${base}/${path}"><label>${t.exportName}<select name="export">${described ? '' : html`<option value="">${shown.export}</option>`}${options}</select></label><button>${t.chooseExport}</button></form>`
  const other = described
    ? html`<p><a href="${base}/${path}?export=${shown.export}${isJson ? '' : '&json=1'}">${isJson ? t.editAsForm : t.editAsJson}</a></p>`
    : ''
  const note = catalogue ? '' : html`<p class="note">${t.noForm}</p>`
  // An export that the catalogue lacks would only fail again.
  const form =
    catalogue && !described
      ? html`<p class="note">${t.chooseFirst}</p>`
      : confirmForm(
          view,
          path,
          t.send,
          'primary',
          html`${requestFields(view, shown, { described, isJson })}${reasonField(view)}`,
        )
  return html`${about(view, execution)}${problemNote(view, problem)}<p>${t.editExplained}</p>${note}${choose ?? ''}${form}${other}`
}

/** @param problem a sentence in English, which may name a parameter */
export function problemNote({ texts: t }: View, problem: string | undefined): Markup | '' {
  if (problem === undefined) return ''
  return html`<p class="note bad" role="alert"><strong>${t.refused}</strong> ${t.sentence(problem)}</p>`
}

/** Fills the form from a message, which may have some of a request's fields even if it is not a valid request. */
function draftFrom({ request, input }: Execution): Draft {
  const given = (request ?? input ?? {}) as Record<string, unknown>
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : '')
  const { format, compression, encoding, language } = request ?? {}
  return {
    export: text('export'),
    params: request?.params ?? {},
    requestedBy: text('requestedBy'),
    choices: { format, compression, encoding, language },
  }
}

export async function stopForm(carryout: OperatorClient, view: View, id: string): Promise<Markup> {
  const execution = await carryout.get(id)
  const { texts: t } = view
  return html`${about(view, execution)}<p>${t.stopExplained}</p>
${confirmForm(view, `executions/${id}/stop`, t.stop, 'danger', reasonField(view))}`
}

/** @param path of the action, relative to the console's base */
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

function about({ texts: t, base }: View, { id, request, failure }: Execution): Markup {
  return facts([
    [t.id, html`<a href="${base}/executions/${id}">${id}</a>`],
    [t.exportName, request?.export],
    [t.requester, request?.requestedBy],
    [t.params, request && html`<code>${JSON.stringify(request.params)}</code>`],
    [t.error, failure && html`${errorName(failure.error)} ${failure.reason}`],
  ])
}

/** @param typed the text as it was submitted and refused */
export function reasonField({ texts: t }: View, typed = ''): Markup {
  return html`<label>${t.why}<input name="why" maxlength="200" value="${typed}"></label>`
}
