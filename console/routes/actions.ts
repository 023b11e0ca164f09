/** Everything that changes something: a form's POST, answered by a redirect to the page that shows what came of it. */
import { Hono } from 'hono'
import { oneLine } from '../../statemachine/one-line.ts'
import { editForm } from '../pages/actions.ts'
import type { ConsoleContext, ConsoleEnvironment } from './environment.ts'
import { isNamed } from './errors.ts'
import { redirectTo, respond } from './respond.ts'

export function actionRoutes() {
  return new Hono<ConsoleEnvironment>()
    .post('/executions/:id/replay', async (context) => {
      const { carryout } = context.var
      const id = context.req.param('id')
      try {
        const replay = await carryout.replay(id)
        return redirectTo(context, `executions/${replay.id}`, { done: 'replayed' })
      } catch (error) {
        if (isNamed(error, 'NotReplayable')) return redirectTo(context, `executions/${id}`, { done: 'stale' })
        throw error
      }
    })
    .post('/executions/:id/edit', async (context) => {
      const { carryout, view } = context.var
      const id = context.req.param('id')
      const { params } = await fields(context)
      try {
        const { request } = await carryout.get(id)
        const sent = await carryout.request({
          ...request!,
          id: undefined,
          params: parseObject(params, view.texts.params),
        })
        return redirectTo(context, `executions/${sent.id}`, { done: 'sent', id: sent.id })
      } catch (error) {
        if (!isNamed(error, 'InvalidRequest', 'SyntaxError')) throw error
        const body = await editForm(carryout, view, id, (error as Error).message)
        return respond(context, { status: 400, title: view.texts.edit, section: 'downloads', body })
      }
    })
    .post('/executions/:id/stop', async (context) => {
      const { carryout, operator } = context.var
      const id = context.req.param('id')
      const { why } = await fields(context)
      await carryout.stop(id, { by: operator.name, reason: why })
      return redirectTo(context, `executions/${id}`, { done: 'stopped' })
    })
    .post('/pause', async (context) => {
      const { carryout, operator } = context.var
      const { why } = await fields(context)
      await carryout.pause({ by: operator.name, reason: why })
      return redirectTo(context, 'queue', { done: 'paused' })
    })
    .post('/resume', async (context) => {
      await context.var.carryout.resume()
      return redirectTo(context, 'queue', { done: 'resumed' })
    })
    .post('/dead-letters/:id/send', async (context) => {
      const { body } = await fields(context)
      const isSent = await context.var.carryout.sendDeadLetter(context.req.param('id'), body)
      return redirectTo(context, 'queue', isSent ? { done: 'sent', id: context.req.param('id') } : { done: 'stale' })
    })
    .post('/dead-letters/:id/drop', async (context) => {
      const isDropped = await context.var.carryout.dropDeadLetter(context.req.param('id'))
      return redirectTo(context, 'queue', { done: isDropped ? 'dropped' : 'stale' })
    })
}

/** A form's texts; what is left out is empty. */
async function fields(context: ConsoleContext): Promise<{ why: string; params: string; body: string; name: string }> {
  const form = await context.req.parseBody()
  const text = (name: string) => (typeof form[name] === 'string' ? form[name] : '')
  return { why: oneLine(text('why')), params: text('params'), body: text('body'), name: text('name') }
}

/** @throws SyntaxError */
function parseObject(json: string, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new SyntaxError(`${what}: ${(error as Error).message}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new SyntaxError(`${what} must be a JSON object.`)
}
