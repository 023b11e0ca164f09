import type { LogLine } from '@carryout/client/logs'
import { isRequestId } from '../../statemachine/contract.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { placeOf } from '../connect.ts'
import { exit } from '../exit.ts'

type ReadLogLine = typeof import('@carryout/client/logs')['readLogLine']

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 }

export const logs = defineCommand({
  name: 'logs',
  argument: '[id]',
  summary: 'print what the functions logged, for one request or for all',
  options: {
    since: { type: 'string', value: '<n>m|h|d', help: 'how far back (default: 1h; for one request 14d)' },
    follow: { type: 'boolean', help: 'keep printing until Ctrl-C; with --json one document a line' },
  },
  examples: ['npx carryout logs --follow', 'npx carryout logs 20261130-210005123-9f3ac2e17b04'],
  async run({ argument: id, values, terminal }) {
    if (id !== undefined && !isRequestId(id)) throw new UsageError(`“${id}” cannot be a request’s id.`)
    const since = new Date(Date.now() - millisOf(values.since ?? (id === undefined ? '1h' : '14d')))
    const { readLogs, readLogLine } = await import('@carryout/client/logs')
    const { DEFAULT_STACK } = await import('@carryout/client')
    const follow = values.follow === true
    const all: LogLine[] = []
    const { stackName = DEFAULT_STACK, aws } = placeOf(values)
    for await (const line of readLogs(stackName, { id, since, follow }, aws)) {
      if (!values.json) terminal.print(format(line, readLogLine, terminal))
      else if (follow) terminal.print(JSON.stringify(line))
      else all.push(line)
    }
    if (values.json && !follow) terminal.print(JSON.stringify(all, null, 2))
    return exit.DONE
  },
})

function millisOf(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? []
  if (!number) throw new UsageError(`--since must be a number with m, h or d, such as 30m, not “${text}”.`)
  return Number(number) * UNITS[unit as keyof typeof UNITS]
}

/**
 * Formats a line as `21:00:05.123 ExportChunk INFO message key=value…`; a line that is not from Powertools is shown
 * unchanged.
 */
function format({ at, group, message }: LogLine, readLogLine: ReadLogLine, { paint }: Terminal): string {
  const head = `${paint('dim', at.toISOString().slice(11, 23))} ${group.split('/').at(-1)}`
  const line = readLogLine(message)
  if (!line) return `${head} ${message}`
  const { level, fields } = line
  const style = level === 'ERROR' ? 'red' : level === 'WARN' ? 'yellow' : 'cyan'
  const rest = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return [head, paint(style, level), line.message, paint('dim', rest.join(' '))].join(' ')
}
