/** Runs a side as a separate program, so that its memory and processor time can be measured. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Outcome, Task } from './task.ts'

/** The kernel's unit in `/proc`, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
/** Indexes into the fields of /proc/<pid>/stat that follow the process's name; proc(5) counts from 1 and the name is the second. */
const [UTIME, STIME, CUTIME, CSTIME] = [14 - 3, 15 - 3, 16 - 3, 17 - 3]

/** Runs a Node script or another program, which gets its task as JSON and prints its outcome as the last line. */
export async function runSide(command: readonly string[], task: Task, env?: NodeJS.ProcessEnv): Promise<Outcome> {
  const { output, cpuSeconds } = await runMeasured([...command, JSON.stringify(task)], task, env)
  return { ...(JSON.parse(output.trim().split('\n').at(-1) ?? '') as Outcome), cpuSeconds }
}

export interface Measured {
  output: string
  seconds: number
  cpuSeconds: number | null
}

/** @throws if the program cannot be run or fails */
export async function runMeasured(
  command: readonly string[],
  { authorityFile }: Pick<Task, 'authorityFile'>,
  env: NodeJS.ProcessEnv = {},
): Promise<Measured> {
  const [program = '', ...args] = command
  // The variables with which Node and Python trust another authority.
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

/** @returns what the program prints; null if it cannot be run or fails */
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

/** User and system time of all ended children. Sides run one after another, so a difference is one side's. Null except on Linux. */
function endedChildrenCpuSeconds(): number | null {
  return secondsIn('self', [CUTIME, CSTIME])
}

/** Processor seconds that a running process has used so far; null except on Linux. */
export function cpuSecondsOf(pid: number): number | null {
  return secondsIn(String(pid), [UTIME, STIME])
}

function secondsIn(process: string, positions: readonly number[]): number | null {
  try {
    const text = readFileSync(`/proc/${process}/stat`, 'latin1')
    // The process's name is in brackets and may contain any character.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return positions.reduce((sum, position) => sum + Number(fields[position]), 0) / TICKS_PER_SECOND
  } catch {
    return null
  }
}
