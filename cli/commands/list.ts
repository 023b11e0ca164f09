import type { ExecutionStatus } from '@aws-sdk/client-sfn'
import type { Execution } from '@carryout/client'
import { defineCommand, wholeNumber } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { count, counted, duration, table, time } from '../format.ts'

const STATUSES = ['running', 'succeeded', 'failed', 'timed-out', 'aborted'] as const

export const list = defineCommand({
  name: 'list',
  summary: 'the newest executions, and what waits in the queue',
  options: {
    status: { type: 'string', value: '<status>', help: 'only those that are', choices: STATUSES },
    limit: { type: 'string', value: '<n>', help: 'at most so many (default: 20)' },
  },
  examples: ['npx carryout list --status failed --limit 5'],
  async run({ values, terminal }) {
    const limit = wholeNumber('limit', values.limit, 20)
    const status = values.status?.toUpperCase().replace('-', '_') as ExecutionStatus | undefined
    const carryout = await connect(values)
    const [executions, waiting] = await Promise.all([carryout.list({ status, limit }), carryout.waiting()])
    if (values.json) {
      terminal.print(JSON.stringify({ executions, waiting }, null, 2))
      return exit.DONE
    }
    if (executions.length > 0) {
      const heading = ['id', 'status', 'export', 'requested by', 'started (UTC)', 'took', 'rows', 'error']
      for (const line of table([heading, ...executions.map(toRow)])) terminal.print(line)
    } else terminal.print(values.status ? `No execution is ${values.status}.` : 'There is no execution yet.')
    if (waiting.queued > 0) terminal.note(`${counted(waiting.queued, 'request')} in the queue.`)
    if (waiting.deadLetters > 0) {
      terminal.note(
        `${counted(waiting.deadLetters, 'message')} in the dead-letter queue: look at them, and move them back.`,
      )
    }
    return exit.DONE
  },
})

function toRow({ id, status, request, startedAt, stoppedAt, file, failure }: Execution): string[] {
  return [
    id,
    status.toLowerCase().replace('_', '-'),
    request?.export ?? '-',
    request?.requestedBy ?? '-',
    time(startedAt),
    duration((stoppedAt ?? new Date()).getTime() - startedAt.getTime()),
    file ? count(file.rows) : '-',
    failure?.error ?? '',
  ]
}
