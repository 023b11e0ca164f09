/** Runs a side as a program of its own, so that its memory and its processor time are its own, too. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Outcome, Task } from './task.ts'

/** The kernel's unit in `/proc`, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
/** Fields of /proc/<pid>/stat, see proc(5); the state is the third of all and the first after the process's name. */
const [UTIME, STIME, CUTIME, CSTIME] = [14 - 3, 15 - 3, 16 - 3, 17 - 3]

/** A Node script or another program that is given its task as JSON and prints its outcome as the last line. */
export async function runSide(command: readonly string[], task: Task, env?: NodeJS.ProcessEnv): Promise<Outcome> {
  const { output, cpuSeconds } = await runMeasured([...command, JSON.stringify(task)], task, env)
  return { ...(JSON.parse(output.trim().split('\n').at(-1) ?? '') as Outcome), cpuSeconds }
}

export interface Measured {
  output: string
  seconds: number
  cpuSeconds: number | null
}

/** @throws when the program cannot be run or fails */
export async function runMeasured(
  command: readonly string[],
  { authorityFile }: Pick<Task, 'authorityFile'>,
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const [program = '', ...args] = command
  // Node's and Python's names for it.
  const trust = authorityFile ? { NODE_EXTRA_CA_CERTS: authorityFile, SSL_CERT_FILE: authorityFile } : {}
  const before = endedChildrenCpuSeconds()
  const began = performance.now()
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...trust, ...env },
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  await finished(child)
  const seconds = (performance.now() - began) / 1000
  const after = endedChildrenCpuSeconds()
  return { output, seconds, cpuSeconds: before === null || after === null ? null : after - before }
}

/** What the program prints; null where it cannot be run or fails. */
export function outputOf(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string | null> {
  return promisify(execFile)(program, args, { env: { ...process.env, ...env } }).then(
    ({ stdout }) => stdout,
    () => null,
  )
}

function finished(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`))))
  })
}

/** User and system; sides run one after another. Null where the system does not tell: Linux alone does. */
function endedChildrenCpuSeconds(): number | null {
  return secondsIn('self', [CUTIME, CSTIME])
}

/** What a process that runs has taken of the processor until now. */
export function cpuSecondsOf(pid: number): number | null {
  return secondsIn(String(pid), [UTIME, STIME])
}

function secondsIn(process: string, positions: readonly number[]): number | null {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'latin1')
    // The name stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return positions.reduce((sum, position) => sum + Number(fields[position]), 0) / TICKS_PER_SECOND
  } catch {
    return null
  }
}
