/** One execution: what it did, why it failed, what can be done. */
import { type Execution, NoFile, type Progress } from '@carryout/client'
import type { ChunkSample, OperatorClient, StateVisit, Trace } from '@carryout/client/operator'
import { html } from 'hono/html'
import { adviceFor } from '../../statemachine/advice.ts'
import type { StateList } from '../graph/definition.ts'
import { drawGraph, type StateRun } from '../graph/svg.ts'
import { awsConsoleUrl } from '../view/aws-console.ts'
import { facts, type Markup, type View } from '../view/page.ts'
import { timeline } from '../view/timeline.ts'

/** Of a step's input or output, as much as is shown. */
const SHOWN_CHARACTERS = 10_000

export async function executionPage(
  carryout: OperatorClient,
  view: View,
  id: string,
): Promise<{ body: Markup; isRunning: boolean }> {
  const [execution, progress, trace, definition, notices] = await Promise.all([
    carryout.get(id),
    carryout.progress(id),
    carryout.trace(id),
    carryout.definition(id),
    carryout.notices(id).catch(() => ({})),
  ])
  const now = new Date()
  const { texts: t, formats: f } = view
  const body = html`${summary(view, execution, progress)}
${failureNote(view, progress)}
${await fileNote(carryout, view, progress)}
${actions(view, execution)}
<h2>${t.graph}</h2><div class="scroll">${drawGraph(JSON.parse(definition) as StateList, runsOf(trace), t.graph, (outcome) => t.outcomes[outcome])}</div>
<h2>${t.timeline}</h2>${progress.steps.length > 0 ? html`<div class="scroll">${timeline(progress.steps, now, f, t)}</div>` : ''}
${trace.chunks.length > 1 ? html`<h2>${t.chunks}</h2>${chart(view, trace.chunks)}` : ''}
<h2>${t.notices}</h2>${noticeList(view, notices)}
<h2>${t.details}</h2>${trace.visits.map((visit) => visitDetails(view, visit))}
<p class="actions"><a class="button" href="${view.base}/executions/${id}/logs">${t.logs}</a>${awsLink(view, execution)}</p>`
  return { body, isRunning: execution.status === 'RUNNING' }
}

function summary({ texts: t, formats: f }: View, execution: Execution, progress: Progress): Markup {
  const { request } = execution
  const { rows, bytes, rowsPerSecond, redriveCount } = progress
  return facts([
    [t.state, html`<span class="tag ${tagOf(execution.status)}">${statusName(t, execution.status)}</span>`],
    [t.exportName, request?.export],
    [t.params, request && html`<code>${JSON.stringify(request.params)}</code>`],
    [t.requester, request?.requestedBy],
    [t.format, request?.format],
    [t.startedAt, f.time(execution.startedAt)],
    [t.endedAt, execution.stoppedAt && f.time(execution.stoppedAt)],
    [t.active, f.duration(workingMillis(progress, new Date()))],
    [t.redriven, redriveCount > 0 && f.count(redriveCount)],
    [t.rows, f.count(rows)],
    [t.bytes, bytes > 0 && f.size(bytes)],
    [t.speed, rowsPerSecond !== null && t.perSecond(f.count(rowsPerSecond))],
  ])
}

/** While any step was at work: the idle time before a replay is left out. */
export function workingMillis({ steps }: Pick<Progress, 'steps'>, now: Date): number {
  const spans = steps
    .flatMap(({ attempts }) => attempts)
    .map(({ startedAt, endedAt }) => [startedAt.getTime(), (endedAt ?? now).getTime()] as const)
    .sort(([one], [other]) => one - other)
  let sum = 0
  let end = 0
  for (const [from, to] of spans) {
    sum += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return sum
}

function failureNote({ texts: t, language }: View, { failure }: Progress): Markup | '' {
  if (!failure) return ''
  return html`<div class="note bad"><p><strong>${failure.step}: <code>${failure.error}</code></strong></p><p>${failure.reason}</p><p><strong>${t.advice}</strong> ${adviceFor(failure.error)[language]}</p></div>`
}

async function fileNote(
  carryout: OperatorClient,
  { texts: t, formats: f }: View,
  { id, file }: Progress,
): Promise<Markup | ''> {
  if (!file) return ''
  const link = await carryout.link(id, { expiresInSeconds: 300 }).catch((error: unknown) => {
    if (error instanceof NoFile) return null
    throw error
  })
  return html`<div class="note good">${file.name} · ${f.count(file.rows)} · ${f.size(file.bytes)} ${link ? html`<a href="${link.url}" rel="noreferrer">${t.download}</a>` : t.fileGone}</div>`
}

function actions({ texts: t, base, readOnly }: View, { id, status, request }: Execution): Markup | '' {
  if (readOnly) return ''
  if (status === 'RUNNING')
    return html`<p class="actions"><a class="button" href="${base}/executions/${id}/stop">${t.stop}</a></p>`
  return html`<p class="actions"><a class="button" href="${base}/executions/${id}/replay">${t.replay}</a>${request ? html`<a class="button" href="${base}/executions/${id}/edit">${t.edit}</a>` : ''}</p>`
}

function runsOf({ visits }: Trace): Map<string, StateRun> {
  const runs = new Map<string, StateRun>()
  for (const { state, outcome } of visits) {
    const run = runs.get(state)
    runs.set(state, { outcome: run && run.outcome !== 'succeeded' ? run.outcome : outcome, runs: (run?.runs ?? 0) + 1 })
  }
  // A later run decides, so that what a replay has mended is not shown as failed.
  for (const { state, outcome } of visits) runs.set(state, { ...(runs.get(state) as StateRun), outcome })
  return runs
}

function chart({ texts: t, formats: f }: View, chunks: readonly ChunkSample[]): Markup {
  const most = Math.max(1, ...chunks.map(({ rows }) => rows))
  const bars = chunks.map(({ rows, bytes, startedAt, finishedAt }, index) => {
    const seconds = Math.max(0.001, (finishedAt.getTime() - startedAt.getTime()) / 1000)
    const height = (rows / most) * 86
    const said = `${f.count(rows)} · ${f.size(bytes)} · ${t.perSecond(f.count(Math.round(rows / seconds)))}`
    return html`<rect x="${index * 10 + 1}" y="${(88 - height).toFixed(1)}" width="8" height="${Math.max(1, height).toFixed(1)}"><title>${said}</title></rect>`
  })
  return html`<svg class="chart" viewBox="0 0 ${chunks.length * 10} 90" preserveAspectRatio="none" role="img" aria-label="${t.chunks}">${bars}</svg>`
}

function noticeList({ texts: t, formats: f }: View, notices: Record<string, object>): Markup {
  const rows = Object.entries(notices).flatMap(([name, sent]) =>
    Object.entries(sent)
      .filter(([way]) => way.endsWith('Done'))
      .map(
        ([way, at]) =>
          html`<li>${t.noticeKinds[way.slice(0, -4)] ?? way} (${name}) · ${f.time(new Date(String(at)))}</li>`,
      ),
  )
  return rows.length === 0 ? html`<p>${t.noNotices}</p>` : html`<ul>${rows}</ul>`
}

function visitDetails(
  { texts: t, formats: f }: View,
  { state, startedAt, outcome, input, output }: StateVisit,
): Markup {
  return html`<details><summary>${state} · ${t.outcomes[outcome]} · ${f.time(startedAt)}</summary>
${input === null ? '' : html`<p>${t.input}</p><pre>${pretty(input)}</pre>`}${output === null ? '' : html`<p>${t.output}</p><pre>${pretty(output)}</pre>`}</details>`
}

function pretty(json: string): string {
  const text = JSON.stringify(JSON.parse(json), null, 2)
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…` : text
}

function awsLink({ texts: t }: View, { arn }: Execution): Markup | '' {
  const url = awsConsoleUrl(arn)
  return url === null ? '' : html`<a class="button" href="${url}" rel="noreferrer">${t.awsConsole}</a>`
}

function statusName({ states }: View['texts'], status: Execution['status']): string {
  return states[tagOf(status)]
}

function tagOf(status: Execution['status']): 'running' | 'ready' | 'failed' | 'cancelled' {
  if (status === 'RUNNING') return 'running'
  if (status === 'SUCCEEDED') return 'ready'
  return status === 'ABORTED' ? 'cancelled' : 'failed'
}
