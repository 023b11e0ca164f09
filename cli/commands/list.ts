import type { DownloadEntry } from '@carryout/client'
import { DOWNLOAD_STATES } from '../../statemachine/table.ts'
import { count, counted, duration, table, time } from '../../terminal/format.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { type Filters, filterOptions, toFilter } from '../filters.ts'
import { findHolds, holdLines } from '../holds.ts'

/** Larger numbers are shown as “more than” this. */
const COUNTED = 1_000

export const list = defineCommand({
  name: 'list',
  summary: 'list the newest downloads, and what waits in the queue',
  notes: ['The list lags behind by a moment; “show” reports an execution’s state right now.'],
  options: {
    status: { type: 'string', value: '<status>', help: 'only those in this state', choices: DOWNLOAD_STATES },
    ...filterOptions,
    limit: { type: 'string', value: '<n>', help: 'how many at most, up to 1,000 (default: 20)' },
  },
  examples: [
    'npx carryout list --status failed --limit 5',
    'npx carryout list --error QueryFailed --export orders --since 7d',
  ],
  async run({ values, terminal }) {
    const limit = Math.min(wholeNumber('limit', values.limit, 20), COUNTED)
    const status = values.status as DownloadEntry['state'] | undefined
    const filter = toFilter(values as Filters)
    const carryout = await connect(values)
    const [page, waiting, held] = await Promise.all([
      carryout.downloads({ ...filter, state: status, limit: COUNTED }),
      carryout.waiting(),
      findHolds(carryout),
    ])
    const shown = page.downloads.slice(0, limit)
    const all = { count: page.downloads.length, isComplete: page.cursor === null }
    if (values.json) {
      terminal.print(JSON.stringify({ downloads: shown, ...all, waiting, ...held }, null, 2))
      return exit.DONE
    }
    if (shown.length > 0) {
      const heading = ['id', 'status', 'export', 'requested by', 'requested (UTC)', 'took', 'rows', 'error']
      for (const line of table([heading, ...shown.map(toRow)])) terminal.print(line)
    } else terminal.print(nothing(values))
    if (all.count > shown.length) {
      const total = all.isComplete ? count(all.count) : `more than ${count(all.count)}`
      terminal.note(`${count(shown.length)} of ${total}. More with --limit.`)
    }
    for (const line of holdLines(held)) terminal.note(line)
    // An outage has its own message on the queue, which is not a request.
    const queued = waiting.queued - (held.outage ? 1 : 0)
    if (queued > 0) terminal.note(`${counted(queued, 'message')} in the queue.`)
    if (waiting.deadLetters > 0) {
      terminal.note(
        `${counted(waiting.deadLetters, 'message')} in the dead-letter queue. To look at them: npx carryout dead-letters`,
      )
    }
    return exit.DONE
  },
})

function nothing({ status, error, export: name, since, 'requested-by': by }: Partial<Record<string, unknown>>): string {
  if (error ?? name ?? since ?? by) return 'No download matches.'
  return status === undefined ? 'No downloads yet.' : `No download is ${status}.`
}

function toRow(entry: DownloadEntry): string[] {
  const { id, state, startedAt, endedAt, redrivenAt, rows, error, replayedAs } = entry
  // The duration of a replay excludes the idle time before it.
  const from = redrivenAt ?? startedAt
  const end = endedAt === undefined ? Date.now() : Date.parse(endedAt)
  return [
    id,
    state,
    entry.export ?? '-',
    entry.requestedBy ?? '-',
    time(new Date(entry.requestedAt)),
    from === undefined || state === 'waiting' ? '-' : duration(end - Date.parse(from)),
    rows === undefined ? '-' : count(rows),
    [error, replayedAs && `sent again as ${replayedAs}`].filter(Boolean).join(', '),
  ]
}
