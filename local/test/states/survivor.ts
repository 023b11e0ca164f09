/**
 * A process that can be killed: runs what its store has to run, and ends when nothing runs any more. Arguments: the
 * state directory, after how many events it kills itself, and within which of its tasks (0: never).
 */
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createStates, TaskError } from '../../src/states/service.ts'
import { openStore } from '../../src/store.ts'
import { DEFINITION, work } from './survivor-machine.ts'

const [directory = '', events = '0', tasks = '0'] = process.argv.slice(2)
// The delay of a retry with FULL jitter is a share of the interval.
Math.random = () => 0.01

let eventsLeft = Number(events)
let tasksLeft = Number(tasks)

const states = createStates({
  store: openStore(directory),
  region: 'eu-west-1',
  accountId: '000000000000',
  async runTask({ arguments: args }) {
    appendFileSync(join(directory, 'calls'), `${JSON.stringify(args)}\n`)
    if (--tasksLeft === 0) process.kill(process.pid, 'SIGKILL')
    return work(args, (error) => new TaskError(error))
  },
})
states.createStateMachine({ name: 'survivor', definition: DEFINITION, roleArn: 'arn:aws:iam::000000000000:role/r' })

states.onEvent(() => {
  if (--eventsLeft === 0) process.kill(process.pid, 'SIGKILL')
})
await states.resume()
