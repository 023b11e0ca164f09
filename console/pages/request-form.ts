/** The form of a new or edited request. */
import { type NewRequest, newId } from '@carryout/client'
import type { ExportDescription, OperatorClient } from '@carryout/client/operator'
import { html } from 'hono/html'
import { isRequestId } from '../../statemachine/request.ts'
import type { Markup, View } from '../view/page.ts'
import { jsonField, type Params, paramFields, readParams } from './params-form.ts'

/** The content of a form: what was requested before, or what was just submitted and refused. */
export interface Draft {
  export: string
  params: Params
  requestedBy: string
  /** The chosen `format`, `compression`, `encoding` and `language`. */
  choices: Partial<Record<Choice, string | undefined>>
  /** The parameters as typed, if they are not valid JSON. */
  json?: string | undefined
}

const CHOICES = ['format', 'compression', 'encoding', 'language'] as const
type Choice = (typeof CHOICES)[number]

/** Returns the catalogue; undefined if the credentials may not read it. */
export async function readCatalogue(carryout: OperatorClient): Promise<ExportDescription[] | undefined> {
  return await carryout.catalogue().catch(() => undefined)
}

/**
 * @param options.isJson whether the parameters are entered as JSON; otherwise with one field each, if the export is
 * known
 */
export function requestFields(
  view: View,
  draft: Draft,
  { described, isJson }: { described: ExportDescription | undefined; isJson: boolean },
): Markup {
  const { texts: t } = view
  const json = draft.json ?? JSON.stringify(draft.params, null, 2)
  const params = described && !isJson ? paramFields(view, described, draft.params) : jsonField(view, json)
  const name = described
    ? html`<input type="hidden" name="export" value="${draft.export}">`
    : html`<label>${t.exportName}<input name="export" required maxlength="100" value="${draft.export}"></label>`
  return html`${idField()}${name}<div class="fields">${params}</div><div class="fields">${choiceFields(view, draft, described)}
<label>${t.requester}<input type="email" name="requestedBy" required maxlength="254" value="${draft.requestedBy}"></label></div>`
}

/** The id of the request that the form sends, so that a double click sends one request. */
export function idField(): Markup {
  return html`<input type="hidden" name="id" value="${newId()}">`
}

function choiceFields(view: View, { choices }: Draft, described: ExportDescription | undefined): Markup | '' {
  if (!described) return ''
  const { texts: t } = view
  const offered: Record<Choice, readonly string[]> = {
    format: described.formats,
    compression: described.compressions,
    encoding: described.encodings,
    language: ['en', 'ja'],
  }
  const labels: Record<Choice, string> = {
    format: t.format,
    compression: t.compression,
    encoding: t.encoding,
    language: t.language,
  }
  const nameOf = (choice: Choice, value: string) =>
    choice === 'language' ? t.languages[value as keyof typeof t.languages] : value
  return html`${CHOICES.map((choice) => {
    const [first = ''] = offered[choice]
    const options = offered[choice].map(
      (value) =>
        html`<option value="${value}"${value === choices[choice] ? html` selected` : ''}>${nameOf(choice, value)}</option>`,
    )
    return html`<label>${labels[choice]}<select name="${choice}"><option value="">${t.ownDefault(nameOf(choice, first))}</option>${options}</select></label>`
  })}`
}

/** @param form the submitted fields @throws FormProblem */
export function readRequest(view: View, catalogue: ExportDescription[] | undefined, form: Record<string, string>) {
  const described = catalogue?.find(({ name }) => name === form.export)
  const chosen = Object.fromEntries(CHOICES.map((choice) => [choice, form[choice] || undefined]))
  return {
    id: readId(form),
    export: form.export ?? '',
    params: readParams(view, described, form),
    requestedBy: form.requestedBy ?? '',
    // Validated by name when it is sent.
    ...(chosen as Pick<NewRequest, Choice>),
  }
}

/** Returns the form's id, or a new one if it has none. */
export function readId({ id }: Record<string, string>): string {
  return isRequestId(id) ? id : newId()
}

/** Returns the submitted content, to be shown again with its problem. */
export function draftOf(view: View, catalogue: ExportDescription[] | undefined, form: Record<string, string>): Draft {
  const choices = Object.fromEntries(CHOICES.map((choice) => [choice, form[choice]]))
  const rest = { export: form.export ?? '', requestedBy: form.requestedBy ?? '', choices }
  try {
    return { ...rest, params: readRequest(view, catalogue, form).params }
  } catch {
    return { ...rest, params: {}, ...(form.params !== undefined && { json: form.params }) }
  }
}
