/**
 * Runs the laptop's stack in a separate process, which the harness may kill at any moment. The argument has the options as JSON.
 * Each line of its input is a number of milliseconds by which its clock jumps. It confirms each with a line of output.
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

// Like the command `carryout local`.
process.on('uncaughtException', (error) => {
  console.error(explainFault(error, options.stateDirectory) ?? error.stack)
  process.exit(1)
})
const cloud = await startLaptop({ ...options, onProgress: (line) => console.error(line) })
const { endpointUrl, outputs } = cloud
say(JSON.stringify({ endpointUrl, outputs }))
// A killed process would not write its compile cache at the end.
flushCompileCache()
process.on('SIGTERM', () => void cloud.stop().then(() => process.exit(0)))
createInterface({ input: process.stdin })
  .on('line', (line) => {
    leapt += Number(line)
    say(String(leapt))
  })
  // The harness has died.
  .on('close', () => process.exit(1))
