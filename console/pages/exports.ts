/** The pages of the catalogue: each export with its parameters, a form to request it, its last runs and duration. */
import type { ExportDescription, OperatorClient, ScheduleRuns } from '@carryout/client/operator'
import { html } from 'hono/html'
import { facts, type Markup, type View } from '../view/page.ts'
import { confirmForm, problemNote, reasonField } from './actions.ts'
import { downloadsTable, search, stateTag } from './downloads.ts'
import { typicalMillis } from './durations.ts'
import { type Draft, requestFields } from './request-form.ts'

const LAST_RUNS = 10
/** How many of the newest downloads are read, of all exports together, to find each export's last one. */
const LOOKED_AT = 200

export async function exportsPage(carryout: OperatorClient, view: View): Promise<Markup> {
  const { texts: t, formats: f, base, language } = view
  const catalogue = await carryout.catalogue().catch((error: Error) => error)
  if (catalogue instanceof Error) return unreadable(view, catalogue)
  if (catalogue.length === 0) return html`<p class="empty">${t.noExports}</p>`
  const [typical, { downloads }] = await Promise.all([
    typicalMillis(carryout),
    carryout.downloads({ limit: LOOKED_AT }),
  ])
  const rows = catalogue.map(({ name, title, formats }) => {
    const last = downloads.find((each) => each.export === name)
    const duration = typical.get(name)
    return html`<tr><th scope="row"><a href="${base}/exports/${name}">${name}</a></th><td class="grows">${title[language]}</td><td class="wide">${formats.join(', ')}</td>
<td class="number">${duration === undefined ? '' : f.duration(duration)}</td><td>${last ? html`${stateTag(view, last.state)} ${f.time(new Date(last.at))}` : ''}</td></tr>`
  })
  return html`<div class="scroll"><table class="stack"><thead><tr><th scope="col">${t.exportName}</th><th scope="col">${t.exportTitle}</th><th scope="col" class="wide">${t.formats}</th><th scope="col" class="number">${t.typical}</th><th scope="col">${t.lastRun}</th></tr></thead><tbody>${rows}</tbody></table></div>`
}

/** A form as it was submitted and refused. */
interface Sent {
  draft?: Draft | undefined
  problem?: string | undefined
}

/** @returns null if the catalogue has no such export */
export async function exportPage(
  carryout: OperatorClient,
  view: View,
  name: string,
  sent: Sent = {},
): Promise<Markup | null> {
  const { texts: t, formats: f, base, language } = view
  const catalogue = await carryout.catalogue().catch((error: Error) => error)
  if (catalogue instanceof Error) return unreadable(view, catalogue)
  const described = catalogue.find((each) => each.name === name)
  if (!described) return null
  const [typical, runs, { downloads }] = await Promise.all([
    typicalMillis(carryout),
    carryout.schedules([described]),
    carryout.downloads({ export: name, limit: LAST_RUNS }),
  ])
  const duration = typical.get(name)
  return html`${facts([
    [t.exportTitle, described.title[language]],
    [t.params, paramNames(view, described)],
    [t.columns, described.columns.map((heading) => heading[language]).join(', ')],
    [t.formats, described.formats.join(', ')],
    [t.resumable, described.resumable ? t.yes : t.no],
    [t.schedules, runs.length > 0 && schedules(view, runs)],
    [t.maxRows, described.maxRows !== null && f.count(described.maxRows)],
    [t.typical, duration !== undefined && f.duration(duration)],
  ])}
${view.readOnly ? '' : requestSection(view, described, sent)}
<h2>${t.lastRuns}</h2>${downloads.length === 0 ? html`<p class="soft">${t.neverRan}</p>` : html`${downloadsTable(view, downloads, { without: ['export'] })}<p><a href="${base}/?${search({ export: name })}">${t.allRuns}</a></p>`}`
}

function requestSection(view: View, described: ExportDescription, { draft, problem }: Sent): Markup {
  const shown = draft ?? { export: described.name, params: {}, requestedBy: '', choices: {} }
  const fields = html`${requestFields(view, shown, { described, isJson: false })}${reasonField(view)}`
  return html`<h2>${view.texts.requestOne}</h2>${problemNote(view, problem)}${confirmForm(view, `exports/${described.name}/request`, view.texts.send, 'primary', fields)}`
}

function schedules({ texts: t, formats: f, base }: View, runs: readonly ScheduleRuns[]): Markup {
  return html`${runs.map(({ name, expression, timeZone, recipients, enabled, nextAt, last }) => {
    const next = nextAt && html`<br>${t.nextRun}: ${f.time(nextAt)}`
    const state =
      last && html`<br>${t.lastRun}: <a href="${base}/executions/${last.id}">${f.time(last.scheduledAt)}</a>`
    return html`<div>${name}: <code>${expression}</code> ${timeZone} → ${recipients.join(', ')}${enabled ? '' : t.inBrackets(t.disabled)}${next ?? ''}${state ?? ''}</div>`
  })}`
}

function paramNames({ texts: t }: View, { params }: ExportDescription): string {
  const names = Object.keys(params.properties)
  return names.map((name) => (params.required.includes(name) ? name : `${name}${t.inBrackets(t.optional)}`)).join(', ')
}

function unreadable({ texts: t }: View, { name, message }: Error): Markup {
  return html`<p class="note bad">${t.noCatalogue} <code>lambda:InvokeFunction</code></p><p class="soft">${name}: ${message}</p>`
}
