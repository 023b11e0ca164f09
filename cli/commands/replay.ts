import { defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { waitFor } from '../wait.ts'

export const replay = defineCommand({
  name: 'replay',
  argument: '<id>',
  summary: 'go on from the step that failed, or request the same anew',
  notes: [
    'A failed execution is redriven: it goes on from the step that failed and keeps what is finished. One that AWS does\n' +
      'not redrive (it succeeded, or ended more than 14 days ago) is requested anew under a new id.',
  ],
  options: { wait: { type: 'boolean', help: 'show the progress, and at the end the file and its link' } },
  examples: ['npx carryout replay 20261130-210005123-9f3ac2e17b04 --wait'],
  async run({ argument, values, terminal }) {
    const carryout = await connect(values)
    const replay = await carryout.replay(argument!)
    const { id, redriven, redriveCount } = replay
    const told = redriven ? `Redriven ${id}` : `Requested anew as ${id}`
    if (values.wait) {
      terminal.note(told)
      return await waitFor(carryout, id, { queued: !redriven, redriveCount, json: values.json }, terminal)
    }
    if (values.json) terminal.print(JSON.stringify(replay, null, 2))
    else terminal.print(told)
    return exit.DONE
  },
})
