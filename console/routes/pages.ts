/** All pages. */
import { Hono } from 'hono'
import { html } from 'hono/html'
import { editForm, replayForm, stopForm } from '../pages/actions.ts'
import { bulkForm, bulkListPage, bulkPage } from '../pages/bulk.ts'
import { type DownloadsFilter, downloadsPage } from '../pages/downloads.ts'
import { executionPage } from '../pages/execution.ts'
import { exportPage, exportsPage } from '../pages/exports.ts'
import { failureGroupPage, failuresPage } from '../pages/failures.ts'
import { logsPage } from '../pages/logs.ts'
import { queuePage } from '../pages/queue.ts'
import { entryPage, startingPage, waitingPage } from '../pages/waiting.ts'
import { isNamed } from '../view/problem.ts'
import type { ConsoleContext, ConsoleEnvironment } from './environment.ts'
import { notFoundPage } from './errors.ts'
import { redirectTo, respond } from './respond.ts'

/** Seconds between refreshes while something runs, and otherwise. */
const BUSY_SECONDS = 2
const CALM_SECONDS = 10

export function pageRoutes() {
  return new Hono<ConsoleEnvironment>()
    .get('/', async (context) => {
      const { carryout, view } = context.var
      const { lang: _, done: __, id: ___, ...filter } = context.req.query()
      const body = await downloadsPage(carryout, view, filter as DownloadsFilter)
      return respond(context, {
        title: view.texts.nav.downloads,
        section: 'downloads',
        body,
        refreshSeconds: filter.cursor ? undefined : BUSY_SECONDS,
      })
    })
    .get('/executions', (context) => {
      const id = context.req.query('id')?.trim() ?? ''
      return redirectTo(context, id === '' ? '' : `executions/${encodeURIComponent(id)}`)
    })
    .get('/executions/:id', async (context) => {
      const { carryout, view } = context.var
      const id = context.req.param('id')
      const waiting = await waitingPage(carryout, view, id)
      if (waiting)
        return respond(context, { title: id, section: 'downloads', body: waiting, refreshSeconds: BUSY_SECONDS })
      const { body, isRunning } = await executionPage(carryout, view, id).catch(async (error: unknown) => {
        if (!isNamed(error, 'NoSuchExecution')) throw error
        const starting = await startingPage(carryout, view, id)
        if (starting) return { body: starting, isRunning: true }
        const known = await entryPage(carryout, view, id)
        if (known) return { body: known, isRunning: false }
        throw error
      })
      return respond(context, {
        title: id,
        section: 'downloads',
        body,
        refreshSeconds: isRunning ? BUSY_SECONDS : undefined,
      })
    })
    .get('/executions/:id/logs', async (context) => {
      const { carryout, view } = context.var
      const id = context.req.param('id')
      return respond(context, {
        title: `${view.texts.logs} · ${id}`,
        section: 'downloads',
        body: await logsPage(carryout, view, id),
        refreshSeconds: CALM_SECONDS,
      })
    })
    .get('/executions/:id/edit', async (context) => {
      const { carryout, view } = context.var
      if (view.readOnly) return notFoundPage(context)
      const { export: exportName, json } = context.req.query()
      const body = await editForm(carryout, view, context.req.param('id'), { exportName, isJson: json !== undefined })
      return respond(context, { title: view.texts.edit, section: 'downloads', body })
    })
    .get('/executions/:id/:action{replay|stop}', async (context) => {
      const { carryout, view } = context.var
      if (view.readOnly) return notFoundPage(context)
      const { id, action } = context.req.param()
      const forms = { replay: replayForm, stop: stopForm }
      const body = await forms[action as keyof typeof forms](carryout, view, id)
      return respond(context, { title: view.texts[action as keyof typeof forms], section: 'downloads', body })
    })
    .get('/failures', async (context) => {
      const { carryout, view } = context.var
      return respond(context, {
        title: view.texts.nav.failures,
        section: 'failures',
        body: await failuresPage(carryout, view),
        refreshSeconds: CALM_SECONDS,
      })
    })
    .get('/failures/:key', (context) => failureGroup(context))
    .get('/failures/:key/replay', async (context) => {
      const { carryout, view } = context.var
      const { groups } = await carryout.failures()
      const group = groups.find(({ key }) => key === context.req.param('key'))
      if (!group || view.readOnly) return notFoundPage(context)
      return respond(context, { title: view.texts.bulk.title, section: 'failures', body: bulkForm(view, group) })
    })
    .get('/replays', async (context) => {
      const { carryout, view } = context.var
      return respond(context, {
        title: view.texts.bulk.listTitle,
        section: 'failures',
        body: await bulkListPage(carryout, view),
        refreshSeconds: CALM_SECONDS,
      })
    })
    .get('/replays/:name', async (context) => {
      const { carryout, view } = context.var
      const replay = await carryout.bulkReplay(context.req.param('name'))
      if (!replay) return notFoundPage(context)
      const isGoing = replay.state === 'sending' || replay.state === 'running'
      return respond(context, {
        title: `${view.texts.bulk.one} · ${replay.name}`,
        section: 'failures',
        body: bulkPage(view, replay),
        refreshSeconds: isGoing ? BUSY_SECONDS : undefined,
      })
    })
    .get('/exports', async (context) => {
      const { carryout, view } = context.var
      return respond(context, {
        title: view.texts.nav.exports,
        section: 'exports',
        body: await exportsPage(carryout, view),
      })
    })
    .get('/exports/:name', async (context) => {
      const { carryout, view } = context.var
      const name = context.req.param('name')
      const body = await exportPage(carryout, view, name)
      return body ? respond(context, { title: name, section: 'exports', body }) : notFoundPage(context)
    })
    .get('/queue', async (context) => {
      const { carryout, view } = context.var
      return respond(context, {
        title: view.texts.nav.queue,
        section: 'queue',
        body: await queuePage(carryout, view),
        refreshSeconds: CALM_SECONDS,
      })
    })
}

async function failureGroup(context: ConsoleContext) {
  const { carryout, view } = context.var
  const body = await failureGroupPage(carryout, view, context.req.param('key') ?? '')
  // The group may have been replayed in the meantime.
  if (!body) return redirectTo(context, 'failures')
  return respond(context, { title: view.texts.nav.failures, section: 'failures', body: html`${body}` })
}
