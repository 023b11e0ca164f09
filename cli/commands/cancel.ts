import { userInfo } from 'node:os'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

const SAYS = {
  waiting: (id: string) => `Cancelled ${id}: it ends in its turn without a query`,
  running: (id: string) => `Cancelled ${id}: it ran and was stopped`,
  over: (id: string) => `${id} is over already; nothing was done`,
}

export const cancel = defineCommand({
  name: 'cancel',
  argument: '<id>',
  summary: 'end a request that waits or runs, without a mail about a failure',
  notes: ['One that waits ends in its turn without a query. One that runs is stopped.'],
  options: { reason: { type: 'string', value: '<text>', help: 'why; it is kept with the request' } },
  examples: ['npx carryout cancel 20261130-210005123-9f3ac2e17b04 --reason "asked for twice"'],
  async run({ argument, values, terminal }) {
    const carryout = await connectOperator(values)
    const was = await carryout.cancel(argument!, { by: userInfo().username, reason: values.reason ?? '' })
    terminal.print(values.json ? JSON.stringify({ id: argument, was }) : SAYS[was](argument!))
    return exit.DONE
  },
})
