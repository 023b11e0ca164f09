import { userInfo } from 'node:os'
import { defineCommand } from '../command.ts'
import { connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'

export const stop = defineCommand({
  name: 'stop',
  argument: '<id>',
  summary: 'end a running execution',
  notes: ['Its query is ended on the database, and what it has written is deleted. It can be replayed.'],
  options: { reason: { type: 'string', value: '<text>', help: 'the reason; it is recorded as the execution’s cause' } },
  examples: ['npx carryout stop 20261130-210005123-9f3ac2e17b04 --reason "asked for the wrong year"'],
  async run({ argument, values, terminal }) {
    const carryout = await connectOperator(values)
    const stopped = await carryout.stop(argument!, { by: userInfo().username, reason: values.reason ?? '' })
    const told = stopped ? `Stopped ${argument}` : `${argument} has already ended. Nothing was done.`
    terminal.print(values.json ? JSON.stringify({ id: argument, stopped }) : told)
    return exit.DONE
  },
})
