/** Runs a side as a program of its own, so that its memory and its processor time are its own, too. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { Outcome, Task } from './task.ts'

/** The kernel's unit in `/proc`, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
/** Fields of /proc/<pid>/stat, see proc(5); the state is the third of all and the first behind the process's name. */
const CUTIME = 16 - 3
const CSTIME = 17 - 3

/** A Node script or another program that is given its task as JSON and prints its outcome as the last line. */
export async function runSide(program: string, args: readonly string[], task: Task): Promise<Outcome> {
  const child = spawn(program, [...args, JSON.stringify(task)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const { cpuSeconds } = await measured(child)
  return { ...(JSON.parse(output.trim().split('\n').at(-1) ?? '') as Outcome), cpuSeconds }
}

/** @throws when the program cannot be run or fails */
export async function measured(child: ChildProcess): Promise<{ seconds: number; cpuSeconds: number | null }> {
  const began = performance.now()
  const before = endedChildrenCpuSeconds()
  await finished(child)
  const after = endedChildrenCpuSeconds()
  return {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: before === null || after === null ? null : after - before,
  }
}

/** What the program prints; null where it cannot be run or fails. */
export function outputOf(program: string, args: readonly string[]): Promise<string | null> {
  return promisify(execFile)(program, args).then(
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
  try {
    const text = readFileSync('/proc/self/stat', 'latin1')
    // The name stands in brackets and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[CUTIME]) + Number(fields[CSTIME])) / TICKS_PER_SECOND
  } catch {
    return null
  }
}
