import { table, time } from '../../terminal/format.ts'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

export const schedules = defineCommand({
  name: 'schedules',
  summary: 'list the schedules: when each runs next, and how its last run ended',
  notes: ['They are those of the deployed catalogue. A rate(…) is counted from its last run.'],
  options: {},
  examples: ['npx carryout schedules'],
  async run({ values, terminal }) {
    const runs = await (await connectOperator(values)).schedules()
    if (values.json) {
      terminal.print(JSON.stringify({ schedules: runs }, null, 2))
      return exit.DONE
    }
    if (runs.length === 0) {
      terminal.print('No export has a schedule.')
      return exit.DONE
    }
    const heading = ['schedule', 'expression', 'time zone', 'next run (UTC)', 'last run (UTC)', 'status', 'id']
    const rows = runs.map(({ export: name, enabled, nextAt, last, ...schedule }) => [
      `${name} ${schedule.name}`,
      schedule.expression,
      schedule.timeZone,
      enabled ? (nextAt ? time(nextAt) : '-') : 'switched off',
      last ? time(last.scheduledAt) : '-',
      last?.state ?? '-',
      last?.id ?? '-',
    ])
    for (const line of table([heading, ...rows])) terminal.print(line)
    return exit.DONE
  },
})
