import { userInfo } from 'node:os'
import type { OperatorClient, ReplayPreview } from '@carryout/client/operator'
import { count, counted, table, time } from '../../terminal/format.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand, type Input } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'
import { type Filters, filterOptions, toFilter } from '../filters.ts'
import { waitFor } from '../wait.ts'

/** How many executions of a bulk replay are listed. */
const SHOWN = 20

const options = {
  status: { type: 'string', value: '<status>', help: 'replay many: all that have failed', choices: ['failed'] },
  ...filterOptions,
  'dry-run': { type: 'boolean', help: 'with --status: only say what would be replayed' },
  name: { type: 'string', value: '<name>', help: 'with --status: the replay’s name (default: a new one)' },
  stop: { type: 'string', value: '<name>', help: 'stop a replay of many; the rest is left untouched' },
  reason: { type: 'string', value: '<text>', help: 'the reason; it is recorded' },
  wait: { type: 'boolean', help: 'show the progress, and at the end the file and its link' },
} as const

export const replay = defineCommand({
  name: 'replay',
  argument: '[id]',
  summary: 'resume at the step that failed, or request the same again',
  notes: [
    'A failed execution is redriven: it resumes at the step that failed and keeps what is finished. One that AWS cannot\n' +
      'redrive (it succeeded, or ended more than 14 days ago) is requested again under a new id.',
    'With --status failed, all that match are replayed one after another through the queue, taking turns with the requests\n' +
      'that wait there. This continues after the command has ended.',
  ],
  options,
  examples: [
    'npx carryout replay 20261130-210005123-9f3ac2e17b04 --wait',
    'npx carryout replay --status failed --error QueryFailed --dry-run',
    'npx carryout replay --stop replay-2026-11-30-21-00-05',
  ],
  async run(input) {
    const { argument, values } = input
    const given = [argument, values.status, values.stop].filter((value) => value !== undefined)
    if (given.length !== 1) {
      throw new UsageError('Pass the id of an execution, --status failed for many, or --stop <name>.')
    }
    checkCombination(values, argument !== undefined)
    const carryout = await connectOperator(values)
    if (values.stop !== undefined) return await stopMany(carryout, values.stop, input)
    return argument === undefined ? await replayMany(carryout, input) : await replayOne(carryout, argument, input)
  },
})

type ReplayInput = Input<typeof options>

/** Refuses an option that would be ignored, so that nobody replays more than they asked for. */
function checkCombination(values: ReplayInput['values'], isOne: boolean) {
  const ofMany = ['status', ...Object.keys(filterOptions), 'dry-run', 'name'] as (keyof typeof options)[]
  const wrong = (isOne ? ofMany : values.stop === undefined ? [] : [...ofMany, 'wait' as const]).find(
    (name) => values[name] !== undefined,
  )
  if (wrong !== undefined) throw new UsageError(`--${wrong} is only for --status failed. Remove it.`)
  if (values.stop !== undefined && values.reason !== undefined)
    throw new UsageError('--stop takes no --reason. Remove it.')
  if (!isOne && values.wait) throw new UsageError('--wait is only for one execution. Remove it.')
}

function who({ reason = '' }: ReplayInput['values']) {
  return { by: userInfo().username, reason }
}

async function replayOne(carryout: OperatorClient, argument: string, { values, terminal }: ReplayInput) {
  const done = await carryout.replay(argument, who(values))
  const { id, redriven, redriveCount, waits } = done
  const told = waits
    ? `The database is not responding: ${id} will be redriven once it does`
    : redriven
      ? `Redriven ${id}`
      : `Requested again as ${id}`
  if (values.wait) {
    terminal.note(told)
    return await waitFor(carryout, id, { queued: !redriven, redriveCount, json: values.json }, terminal)
  }
  if (values.json) terminal.print(JSON.stringify(done, null, 2))
  else terminal.print(told)
  return exit.DONE
}

async function replayMany(carryout: OperatorClient, { values, terminal }: ReplayInput) {
  const filter = toFilter(values as Filters)
  if (values['dry-run']) {
    const preview = await carryout.previewReplay({ filter })
    if (values.json) terminal.print(JSON.stringify(preview, null, 2))
    else show(preview, terminal)
    return exit.DONE
  }
  const name = values.name ?? `replay-${new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}`
  const { by, reason: why } = who(values)
  const made = await carryout.replayAll({ name, by, why, filter })
  if (values.json) terminal.print(JSON.stringify(made, null, 2))
  else {
    terminal.print(`Replaying ${counted(made.count, 'execution')} as ${made.name}`)
    terminal.note(`To stop it: npx carryout replay --stop ${made.name}`)
  }
  return exit.DONE
}

function show({ downloads, skipped }: ReplayPreview, { print, note }: Terminal) {
  for (const [reason, all] of Map.groupBy(skipped, (each) => each.reason)) {
    note(`${counted(all.length, 'download')} cannot be replayed. ${reason}`)
  }
  if (downloads.length === 0) return print('No failed download matches.')
  const rows = downloads
    .slice(0, SHOWN)
    .map(({ id, export: name = '-', at, error = '-', reason = '' }) => [id, name, time(new Date(at)), error, reason])
  for (const line of table([['id', 'export', 'failed (UTC)', 'error', 'reason'], ...rows])) print(line)
  note(`${counted(downloads.length, 'execution')} would be replayed. Nothing was changed.`)
}

async function stopMany(carryout: OperatorClient, name: string, { values, terminal }: ReplayInput) {
  const stopped = await carryout.stopBulkReplay(name, { by: who(values).by })
  if (values.json) terminal.print(JSON.stringify(stopped ?? null, null, 2))
  else if (stopped) {
    const { replayed, skipped, waiting } = stopped
    terminal.print(
      `Stopped ${name}: ${count(replayed)} replayed, ${count(skipped)} skipped, ${count(waiting)} left untouched`,
    )
  }
  if (stopped) return exit.DONE
  terminal.note(`There is no bulk replay “${name}”.`)
  return exit.NOT_FOUND
}
