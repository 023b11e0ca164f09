import { count, counted } from '../../terminal/format.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'

export const rebuildIndex = defineCommand({
  name: 'rebuild-index',
  summary: 'add the executions that are missing from the table of requests',
  notes: ['Use it after restoring the table. It reads every execution of the last 90 days, five at a time.'],
  options: {},
  examples: ['npx carryout rebuild-index'],
  async run({ values, terminal }) {
    const carryout = await connect(values)
    const rebuilt = await carryout.rebuildIndex(({ executions }) =>
      terminal.progress(`${counted(executions, 'execution')} read …`),
    )
    terminal.progress(undefined)
    if (values.json) terminal.print(JSON.stringify(rebuilt, null, 2))
    else
      terminal.print(
        `Read ${counted(rebuilt.executions, 'execution')}; corrected ${count(rebuilt.corrected)} of their entries.`,
      )
    return exit.DONE
  },
})
