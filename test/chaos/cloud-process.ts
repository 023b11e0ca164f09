/**
 * The laptop's stack in a process of its own, which the harness may kill at any moment. Options are JSON in the arguments; each
 * line of its input is a number of milliseconds by which its clock leaps, confirmed by a line of its output.
 */
import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { explainFault } from '@carryout/local'
import { startLaptop } from '../../laptop/laptop.ts'

const options = JSON.parse(process.argv[2]!)
const say = (line: string) => process.stdout.write(`${line}\n`)
let leapt = 0
const { now } = Date
Date.now = () => now() + leapt

// As the command does it.
process.on('uncaughtException', (error) => {
  console.error(explainFault(error, options.stateDirectory) ?? error.stack)
  process.exit(1)
})
const cloud = await startLaptop({ ...options, onProgress: (line) => console.error(line) })
const { endpointUrl, outputs } = cloud
say(JSON.stringify({ endpointUrl, outputs }))
// A process that is killed writes none at its end.
flushCompileCache()
process.on('SIGTERM', () => void cloud.stop().then(() => process.exit(0)))
createInterface({ input: process.stdin })
  .on('line', (line) => {
    leapt += Number(line)
    say(String(leapt))
  })
  // Whoever started it has died.
  .on('close', () => process.exit(1))
