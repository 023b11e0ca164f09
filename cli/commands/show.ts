import type { Carryout, Forecast, Progress, Step } from '@carryout/client'
import { elapsedMillis } from '../../statemachine/elapsed.ts'
import { SLOT_TAKEN } from '../../statemachine/errors.ts'
import { count, duration, table, time } from '../../terminal/format.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { findHolds, type Holds, holdLines } from '../holds.ts'
import { headline, linkTo, outcome, toJson } from '../outcome.ts'
import { progressLine } from '../wait.ts'

export const show = defineCommand({
  name: 'show',
  argument: '<id>',
  summary: 'show one execution: its request, steps, attempts, errors and file',
  options: {},
  examples: ['npx carryout show 20261130-210005123-9f3ac2e17b04'],
  notes: ['The exit code says whether the execution could be shown, not how it ended.'],
  async run({ argument, values, terminal }) {
    const carryout = await connect(values)
    const waiting = await findWaiting(carryout, argument!)
    if (waiting) {
      const { forecast, holds } = waiting
      if (values.json) terminal.print(JSON.stringify({ id: argument, status: 'QUEUED', forecast, ...holds }, null, 2))
      else for (const line of [terminal.paint('bold', argument!), ...waitingLines(waiting)]) terminal.print(line)
      return exit.DONE
    }
    const [execution, progress] = await Promise.all([carryout.get(argument!), carryout.progress(argument!)])
    const link = await linkTo(carryout, progress)
    if (values.json) {
      const { arn, input, request, redrivable } = execution
      terminal.print(
        JSON.stringify({ ...toJson(progress, link), arn, input, request, redrivable, steps: progress.steps }, null, 2),
      )
      return exit.DONE
    }
    const { request, input } = execution
    const facts = request
      ? [
          ['export', request.export],
          ['params', JSON.stringify(request.params)],
          ['requested by', request.requestedBy],
          ...(['format', 'compression', 'encoding', 'language'] as const).map((name) => [name, request[name] ?? '']),
        ]
      : [['message', JSON.stringify(input).slice(0, 200)]]
    const started = [
      ['started', `${time(execution.startedAt)} UTC`],
      ['redriven', progress.redriveCount === 0 ? '' : `${progress.redriveCount} ×`],
    ]
    const lines = [
      terminal.paint('bold', argument!),
      ...table([...facts, ...started].filter(([, value]) => value !== '')).map((line) => `  ${line}`),
      '',
      'Steps',
      ...steps(progress).map((line) => `  ${line}`),
      '',
      headline(progress, terminal),
      ...(progress.status === 'RUNNING' ? [`  ${soFar(progress)}`] : outcome(progress, link)),
    ]
    for (const line of lines) terminal.print(line)
    return exit.DONE
  },
})

interface Waiting {
  forecast: Forecast
  holds: Holds
}

/** @returns undefined if it has an execution, or the table does not have it */
async function findWaiting(carryout: Carryout, id: string): Promise<Waiting | undefined> {
  try {
    await carryout.get(id)
    return undefined
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'NoSuchExecution') throw error
    const forecast = await carryout.forecast(id).catch(() => null)
    if (!forecast) throw error
    return { forecast, holds: await findHolds(carryout) }
  }
}

function waitingLines({ forecast: { position, startsAt }, holds }: Waiting): string[] {
  const start = startsAt === null ? '' : `; expected to start at ${time(new Date(startsAt))} UTC`
  return [
    `  waiting in the queue, ${count(position)} ahead of it${start}`,
    ...holdLines(holds).map((line) => `  ${line}`),
  ]
}

function soFar(progress: Progress): string {
  return progressLine(progress, elapsedMillis(progress, new Date()))
}

function steps({ steps, startedAt }: Progress): string[] {
  const heading = ['state', 'after', 'took', 'attempts', 'error']
  return table([heading, ...steps.flatMap((step) => stepRows(step, startedAt!))])
}

/** Returns rows for the step and each failed attempt; a repeated error (such as a taken slot) is one line. */
function stepRows({ state, startedAt, endedAt, attempts }: Step, start: Date): string[][] {
  const failed = new Map<string, number>()
  for (const { error, reason } of attempts) {
    if (error === null) continue
    const told = error === SLOT_TAKEN ? 'waited for the database slot' : `${error}: ${reason}`
    failed.set(told, (failed.get(told) ?? 0) + 1)
  }
  const errors = [...failed].map(([error, times]) => (times > 1 ? `${count(times)} × ${error}` : error))
  const first = [
    state,
    duration(startedAt.getTime() - start.getTime()),
    endedAt ? duration(endedAt.getTime() - startedAt.getTime()) : 'runs',
    count(attempts.length),
    errors[0] ?? '',
  ]
  return [first, ...errors.slice(1).map((error) => ['', '', '', '', error])]
}
