import { userInfo } from 'node:os'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

export const pause = defineCommand({
  name: 'pause',
  summary: 'start nothing new until “carryout resume”',
  notes: ['What is running continues, and requests can still be sent: they wait in the queue.'],
  options: {
    reason: { type: 'string', value: '<text>', help: 'the reason, shown to others; it is recorded' },
    by: { type: 'string', value: '<name>', help: 'who pauses (default: this machine’s user)' },
  },
  examples: ['npx carryout pause --reason "the database is upgraded until noon"'],
  async run({ values, terminal }) {
    const carryout = await connectOperator(values)
    const by = values.by ?? userInfo().username
    const done = await carryout.pause({ by, reason: values.reason ?? '' })
    if (values.json) terminal.print(JSON.stringify(done, null, 2))
    else terminal.print('Paused: nothing new starts.')
    if (!done.deliveryStopped) {
      terminal.note('The queue’s delivery could not be stopped, so end the pause within ten days.')
    }
    return exit.DONE
  },
})
