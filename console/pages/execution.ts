/** The page of one execution: what it did, why it failed, and the possible actions. */
import type { DownloadEntry, Execution, Progress } from '@carryout/client'
import type { OperatorClient, StateVisit, Trace } from '@carryout/client/operator'
import { html } from 'hono/html'
import { adviceFor } from '../../statemachine/advice.ts'
import { elapsedMillis } from '../../statemachine/elapsed.ts'
import { layoutOf } from '../graph/layouts.ts'
import { drawGraph, type StateRun } from '../graph/svg.ts'
import { awsConsoleUrls } from '../view/aws-console.ts'
import { endsOf } from '../view/ends.ts'
import { errorName } from '../view/error-name.ts'
import { facts, type Markup, type View } from '../view/page.ts'
import { errorNote } from '../view/problem.ts'
import { timeline } from '../view/timeline.ts'
import { chunksSection } from './chunks.ts'
import { historySection } from './history.ts'
import { noticesSection } from './notices.ts'

/** The shown part of a step's input or output. */
const SHOWN_CHARACTERS = 10_000
/** How many of the steps' inputs and outputs are shown; an export of weeks has thousands. */
const SHOWN_VISITS = { first: 20, last: 40 }
/** How long links on the page work; it may stay open for a while. */
const LINK_SECONDS = 900

export async function executionPage(
  carryout: OperatorClient,
  view: View,
  id: string,
): Promise<{ body: Markup; isRunning: boolean }> {
  const [execution, { progress, trace }, definition, notices, actions, entry] = await Promise.all([
    carryout.get(id),
    carryout.inspect(id),
    carryout.definition(id),
    carryout.notices(id).catch(() => ({})),
    carryout.actions(id).catch(() => []),
    carryout.entry(id).catch(() => undefined),
  ])
  const now = new Date()
  const { texts: t, formats: f } = view
  const graph = drawGraph(layoutOf(definition), runsOf(trace), t.graph, (outcome) => t.outcomes[outcome])
  const body = html`${summary(view, { execution, progress, entry, now })}
${failureNote(view, progress)}
${await fileNote(carryout, view, progress)}
${buttons(view, execution, progress, entry?.replayedAs !== undefined)}
<div class="split"><div>
<h2>${t.timeline}</h2>${progress.steps.length > 0 ? html`<div class="scroll" tabindex="0">${timeline(progress.steps, now, f, t)}</div>` : ''}
${chunksSection(view, trace.chunks)}
${noticesSection(view, notices)}
${historySection(view, actions, 'downloads')}
</div><div><h2>${t.graph}</h2>${graph}</div></div>
<h2>${t.details}</h2>${visitsSection(view, trace)}
<p class="actions"><a class="button" href="${view.base}/executions/${id}/logs">${t.logs}</a>${awsLinks(view, execution)}</p>`
  return { body, isRunning: execution.status === 'RUNNING' }
}

interface Known {
  execution: Execution
  progress: Progress
  entry: DownloadEntry | undefined
  now: Date
}

function summary(view: View, { execution, progress, entry, now }: Known): Markup {
  const { texts: t, formats: f } = view
  const { request } = execution
  const { rows, bytes, rowsPerSecond, redriveCount, status, estimatedRows } = progress
  const isSoFar = status === 'RUNNING' && estimatedRows !== null && estimatedRows > 0
  return facts([
    [
      t.state,
      html`<span class="tag ${tagOf(execution.status)}">${t.states[tagOf(execution.status)]}</span>${entry?.replayedAs && execution.status !== 'SUCCEEDED' ? html` <span class="tag">${t.superseded}</span>` : ''}`,
    ],
    [t.exportName, request && html`<a href="${view.base}/exports/${request.export}">${request.export}</a>`],
    [t.params, request && html`<code>${JSON.stringify(request.params)}</code>`],
    [t.input, !request && html`<code>${JSON.stringify(execution.input).slice(0, 500)}</code>`],
    [t.requester, request?.requestedBy],
    [
      t.format,
      request && [request.format, request.compression, request.encoding, request.language].filter(Boolean).join(', '),
    ],
    [t.requestedAt, entry && f.time(new Date(entry.requestedAt))],
    [t.startedAt, f.time(execution.startedAt)],
    [t.endedAt, execution.stoppedAt && f.time(execution.stoppedAt)],
    [t.took, `${f.duration(elapsedMillis(progress, now))}${redriveCount > 0 ? t.inBrackets(t.idleLeftOut) : ''}`],
    [t.redriven, redriveCount > 0 && f.count(redriveCount)],
    [t.rows, isSoFar ? t.rowsOfAbout(f.count(rows), f.count(estimatedRows)) : f.count(rows)],
    [t.bytes, bytes > 0 && f.size(bytes)],
    [t.speed, rowsPerSecond !== null && t.perSecond(f.count(rowsPerSecond))],
    [t.replayedFrom, entry?.replayedFrom && executionLink(view, entry.replayedFrom)],
    [t.replayedAs, entry?.replayedAs && executionLink(view, entry.replayedAs)],
  ])
}

function executionLink({ base }: View, id: string): Markup {
  return html`<a href="${base}/executions/${id}">${id}</a>`
}

function failureNote({ texts: t, language }: View, { failure }: Progress): Markup | '' {
  if (!failure) return ''
  return html`<div class="note bad"><p><strong>${failure.step}: ${errorName(failure.error)}</strong></p><p>${failure.reason}</p><p><strong>${t.advice}</strong> ${adviceFor(failure.error)[language]}</p></div>`
}

async function fileNote(carryout: OperatorClient, view: View, { id, file }: Progress): Promise<Markup | ''> {
  if (!file) return ''
  const { texts: t, formats: f } = view
  const links = await carryout.fileLinks(id, LINK_SECONDS).catch((error: Error) => error)
  // Somebody without permission to read files can still see what happened.
  if (links instanceof Error)
    return isRefused(links) ? html`<p class="note">${t.forbiddenAws('s3:GetObject')}</p>` : errorNote(view, links)
  const shown =
    links &&
    html`<a href="${links.file.url}" rel="noreferrer">${t.download}</a> · <a href="${links.manifest.url}" rel="noreferrer">${t.manifest}</a>`
  return html`<div class="note good"><p>${file.name} · ${t.rowCount(f.count(file.rows))} · ${f.size(file.bytes)}</p><p>${shown ?? t.fileGone}</p></div>`
}

/** Whether S3 denied access. For a HEAD request it returns only a status. */
function isRefused(error: Error & { $metadata?: { httpStatusCode?: number } }): boolean {
  return error.$metadata?.httpStatusCode === 403
}

/** Returns the action buttons; the one that the advice recommends comes first. */
function buttons(view: View, { id, status }: Execution, { failure }: Progress, isSuperseded: boolean): Markup | '' {
  if (view.readOnly) return ''
  const { texts: t, base } = view
  const to = (action: string, label: string, isPrimary = false) =>
    html`<a class="button ${isPrimary ? 'primary' : ''}" href="${base}/executions/${id}/${action}">${label}</a>`
  if (status === 'RUNNING') return html`<p class="actions">${to('stop', t.stop)}</p>`
  const isOpen = failure !== null && !isSuperseded
  const isEdit = failure !== null && adviceFor(failure.error).remedy === 'edit'
  const [replay, edit] = [to('replay', t.replay, isOpen && !isEdit), to('edit', t.edit, isOpen && isEdit)]
  return html`<p class="actions">${isEdit ? html`${edit}${replay}` : html`${replay}${edit}`}</p>`
}

/** Returns the last outcome of each state, so that a failure fixed by a replay is not shown as failed. */
function runsOf({ visits }: Trace): Map<string, StateRun> {
  const runs = new Map<string, StateRun>()
  for (const { state, outcome } of visits) runs.set(state, { outcome, runs: (runs.get(state)?.runs ?? 0) + 1 })
  return runs
}

function visitsSection(view: View, { visits }: Trace): Markup {
  const { texts: t, formats: f } = view
  const { first, last, between } = endsOf(visits, SHOWN_VISITS)
  const gap = between === 0 ? '' : html`<p class="soft">${t.stepsBetween(f.count(between))}</p>`
  const details = (visit: StateVisit) => visitDetails(view, visit, `visit-${visits.indexOf(visit)}`)
  return html`${first.map(details)}${gap}${last.map(details)}`
}

function visitDetails(view: View, { state, startedAt, outcome, input, output }: StateVisit, id: string): Markup {
  const { texts: t, formats: f } = view
  return html`<details id="${id}"><summary>${state} · ${t.outcomes[outcome]} · ${f.time(startedAt)}</summary>
${input === null ? '' : html`<p>${t.input}</p>${pretty(view, input)}`}${output === null ? '' : html`<p>${t.output}</p>${pretty(view, output)}`}</details>`
}

function pretty({ texts: t }: View, json: string): Markup {
  const text = JSON.stringify(JSON.parse(json), null, 2)
  if (text.length <= SHOWN_CHARACTERS) return html`<pre tabindex="0">${text}</pre>`
  return html`<pre tabindex="0">${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…</pre><p class="soft">${t.shortened}</p>`
}

function awsLinks({ texts: t }: View, { arn }: Execution): Markup | '' {
  const urls = awsConsoleUrls(arn)
  if (urls === null) return ''
  return html`<a class="button" href="${urls.execution}" rel="noreferrer">${t.awsConsole}</a><a class="button" href="${urls.logs}" rel="noreferrer">${t.awsLogs}</a>`
}

function tagOf(status: Execution['status']): 'running' | 'ready' | 'failed' | 'cancelled' {
  if (status === 'RUNNING') return 'running'
  if (status === 'SUCCEEDED') return 'ready'
  return status === 'ABORTED' ? 'cancelled' : 'failed'
}
