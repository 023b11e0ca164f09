import { userInfo } from 'node:os'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

const SAYS = {
  waiting: (id: string) => `Cancelled ${id}. When its turn comes, it ends without running the query.`,
  running: (id: string) => `Cancelled ${id}. It was running and has been stopped.`,
  over: (id: string) => `${id} has already ended. Nothing was done.`,
}

export const cancel = defineCommand({
  name: 'cancel',
  argument: '<id>',
  summary: 'cancel a waiting or running request, without a failure mail',
  notes: ['A waiting request ends without running its query when its turn comes. A running one is stopped.'],
  options: { reason: { type: 'string', value: '<text>', help: 'the reason; it is recorded with the request' } },
  examples: ['npx carryout cancel 20261130-210005123-9f3ac2e17b04 --reason "requested twice"'],
  async run({ argument, values, terminal }) {
    const carryout = await connectOperator(values)
    const was = await carryout.cancel(argument!, { by: userInfo().username, reason: values.reason ?? '' })
    terminal.print(values.json ? JSON.stringify({ id: argument, was }) : SAYS[was](argument!))
    return exit.DONE
  },
})
