/**
 * Divides the processors between the exporter and the server with the S3 endpoint. In a deployment they share none, and a
 * function of 1,769 MB has one.
 */
import { readFileSync } from 'node:fs'
import { outputOf } from './program.ts'

/** Lists of processors in the syntax of `taskset -c`. */
export interface Processors {
  exporter: string
  others: string
}

/** @returns null if a process cannot be bound to a processor, because `taskset` is missing or there is only one processor */
export async function divideProcessors(): Promise<Processors | null> {
  const allowed = allowedProcessors()
  if (allowed.length < 2 || (await outputOf('taskset', ['--version'])) === null) return null
  return { exporter: String(allowed.at(-1)), others: allowed.slice(0, -1).join(',') }
}

/** The command that runs a program on only these processors, or on any processor for null. */
export function on(processors: string | null, command: readonly string[]): [string, ...string[]] {
  const [program = '', ...args] = processors === null ? command : ['taskset', '-c', processors, ...command]
  return [program, ...args]
}

/** Moves a process with all its threads. */
export async function moveTo(processors: string, pid: number): Promise<void> {
  await outputOf('taskset', ['-a', '-p', '-c', processors, String(pid)])
}

/** `Cpus_allowed_list` of proc(5), such as `0-1,4`. */
function allowedProcessors(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? ''
    return list.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: to - from + 1 }, (_, index) => from + index)
    })
  } catch {
    return []
  }
}
