/** All actions: a form's POST, answered by a redirect to the page that shows the result. */
import type { OperatorClient } from '@carryout/client/operator'
import { Hono } from 'hono'
import { InvalidRequest } from '../../statemachine/errors.ts'
import { oneLine } from '../../statemachine/one-line.ts'
import { editForm } from '../pages/actions.ts'
import { bulkForm } from '../pages/bulk.ts'
import { exportPage } from '../pages/exports.ts'
import { draftOf, readCatalogue, readId, readRequest } from '../pages/request-form.ts'
import { isNamed } from '../view/problem.ts'
import type { ConsoleContext, ConsoleEnvironment } from './environment.ts'
import { notFoundPage } from './errors.ts'
import { redirectTo, respond } from './respond.ts'

const PRESSED_TWICE_MILLIS = 60_000

export function actionRoutes() {
  return new Hono<ConsoleEnvironment>()
    .post('/executions/:id/replay', async (context) => {
      const id = context.req.param('id')
      const { carryout } = context.var
      try {
        const form = await fields(context)
        const replay = await carryout.replay(id, who(context, form), { newRequestId: readId(form) })
        return redirectTo(context, `executions/${replay.id}`, { done: 'replayed' })
      } catch (error) {
        if (!isNamed(error, 'NotReplayable')) throw error
        // Somebody else has replayed it in the meantime.
        if ((await carryout.get(id)).status === 'RUNNING')
          return redirectTo(context, `executions/${id}`, { done: 'stale' })
        throw error
      }
    })
    .post('/executions/:id/edit', async (context) => {
      const { carryout, view } = context.var
      const id = context.req.param('id')
      return await requestOf(context, {
        send: (request, by) => carryout.resend(id, request, by),
        refuse: async (form, problem, catalogue) => {
          const draft = draftOf(view, catalogue, form)
          const body = await editForm(carryout, view, id, { draft, problem, isJson: form.params !== undefined })
          return respond(context, { status: 400, title: view.texts.edit, section: 'downloads', body })
        },
      })
    })
    .post('/exports/:name/request', async (context) => {
      const { carryout, view } = context.var
      const name = context.req.param('name')
      return await requestOf(context, {
        send: (request, by) => carryout.request(request, by),
        refuse: async (form, problem, catalogue) => {
          const body = await exportPage(carryout, view, name, { draft: draftOf(view, catalogue, form), problem })
          if (!body) return notFoundPage(context)
          return respond(context, { status: 400, title: name, section: 'exports', body })
        },
      })
    })
    .post('/executions/:id/stop', async (context) => {
      const id = context.req.param('id')
      const isStopped = await context.var.carryout.stop(id, who(context, await fields(context)))
      return redirectTo(context, `executions/${id}`, { done: isStopped ? 'stopped' : 'stale' })
    })
    .post('/executions/:id/cancel', async (context) => {
      const id = context.req.param('id')
      const was = await context.var.carryout.cancel(id, who(context, await fields(context)))
      // If it has started in the meantime, it is stopped. A cancelled waiting request has no page of its own any more.
      return redirectTo(context, was === 'waiting' ? '' : `executions/${id}`, {
        done: was === 'over' ? 'stale' : 'cancelled',
      })
    })
    .post('/failures/:key/replay', async (context) => {
      const { carryout, view } = context.var
      const form = await fields(context)
      const { by, reason: why } = who(context, form)
      const name = form.name ?? ''
      const which = { group: context.req.param('key'), until: form.until }
      try {
        await carryout.replayAll({ name, by, why, ...which })
        return redirectTo(context, `replays/${name}`, { done: 'replayed' })
      } catch (error) {
        if (!isNamed(error, 'InvalidRequest')) throw error
        if (await isPressedTwice(carryout, { name, by, why, ...which })) {
          return redirectTo(context, `replays/${name}`, { done: 'replayed' })
        }
        const { groups } = await carryout.failures()
        const group = groups.find(({ key }) => key === context.req.param('key'))
        if (!group) return redirectTo(context, 'failures', { done: 'stale' })
        const body = bulkForm(view, group, { problem: (error as Error).message, name, why })
        return respond(context, { status: 400, title: view.texts.bulk.title, section: 'failures', body })
      }
    })
    .post('/replays/:name/stop', async (context) => {
      const { carryout, operator } = context.var
      const replay = await carryout.stopBulkReplay(context.req.param('name'), { by: operator.name })
      if (!replay) return notFoundPage(context)
      return redirectTo(context, `replays/${replay.name}`, { done: 'bulkStopped' })
    })
    .post('/pause', async (context) => {
      await context.var.carryout.pause(who(context, await fields(context)))
      return redirectTo(context, 'queue', { done: 'paused' })
    })
    .post('/resume', async (context) => {
      await context.var.carryout.resume(who(context, await fields(context)))
      return redirectTo(context, 'queue', { done: 'resumed' })
    })
    .post('/dead-letters/:id/send', async (context) => {
      const form = await fields(context)
      const id = context.req.param('id')
      if (form.body === '') throw new InvalidRequest(context.var.view.texts.emptyMessage)
      const isSent = await context.var.carryout.sendDeadLetter(id, form.body, who(context, form))
      return redirectTo(context, 'queue', isSent ? { done: 'sent', id } : { done: 'stale' })
    })
    .post('/dead-letters/:id/drop', async (context) => {
      const by = who(context, await fields(context))
      if (by.reason === '') throw new InvalidRequest(context.var.view.texts.reasonMissing)
      const isDropped = await context.var.carryout.dropDeadLetter(context.req.param('id'), by)
      return redirectTo(context, 'queue', { done: isDropped ? 'dropped' : 'stale' })
    })
}

type Form = Record<string, string>
type Catalogue = Awaited<ReturnType<typeof readCatalogue>>

interface RequestAction {
  send(request: ReturnType<typeof readRequest>, by: ReturnType<typeof who>): Promise<{ id: string }>
  /** Returns the form again, with the problem. */
  refuse(form: Form, problem: string, catalogue: Catalogue): Promise<Response>
}

/** Sends the request of a form, unless the catalogue would refuse it. */
async function requestOf(context: ConsoleContext, { send, refuse }: RequestAction): Promise<Response> {
  const { carryout, view } = context.var
  const [form, catalogue] = await Promise.all([fields(context), readCatalogue(carryout)])
  try {
    const request = readRequest(view, catalogue, form)
    // If the catalogue cannot be read, Prepare refuses an invalid request, as always.
    const problem = catalogue ? await carryout.check(request) : null
    if (problem !== null) return await refuse(form, problem, catalogue)
    const { id } = await send(request, who(context, form))
    return redirectTo(context, `executions/${id}`, { done: 'sent', id })
  } catch (error) {
    if (!isNamed(error, 'InvalidRequest', 'FormProblem', 'NotReplayable')) throw error
    return await refuse(form, (error as Error).message, catalogue)
  }
}

/**
 * Whether this same replay was just made: without the script, a button can be pressed again before the next page loads.
 */
async function isPressedTwice(
  carryout: OperatorClient,
  { name, by, why, group, until }: { name: string; by: string; why: string; group: string; until: string | undefined },
): Promise<boolean> {
  const made = await carryout.bulkReplay(name)
  if (made?.group !== group || made.until !== (until ?? null)) return false
  return made.by === by && made.why === why && Date.now() - Date.parse(made.at) < PRESSED_TWICE_MILLIS
}

function who({ var: { operator } }: ConsoleContext, form: Form) {
  return { by: operator.name, reason: oneLine(form.why ?? '') }
}

/** Returns a form's text fields by name; files are ignored. */
async function fields(context: ConsoleContext): Promise<Form> {
  const form = Object.entries(await context.req.parseBody())
  return Object.fromEntries(form.filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}
