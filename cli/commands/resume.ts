import { userInfo } from 'node:os'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

export const resume = defineCommand({
  name: 'resume',
  summary: 'end a pause',
  options: { reason: { type: 'string', value: '<text>', help: 'why; it is kept' } },
  examples: ['npx carryout resume'],
  async run({ values, terminal }) {
    const carryout = await connectOperator(values)
    const wasPaused = (await carryout.paused()) !== null
    const done = await carryout.resume({ by: userInfo().username, reason: values.reason ?? '' })
    if (values.json) terminal.print(JSON.stringify({ wasPaused, ...done }, null, 2))
    else terminal.print(wasPaused ? 'Resumed: waiting requests start in their turn.' : 'Downloads were not paused.')
    if (done.deliveryStarted) return exit.DONE
    terminal.note(
      'The queue’s delivery could not be started. Enable the event source mapping of the function “start” in Lambda.',
    )
    return exit.FAILED
  },
})
