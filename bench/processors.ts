/**
 * Which processors the exporter has, and which the server and the S3 endpoint: deployed, they share none, and a function of
 * 1,769 MB has one.
 */
import { readFileSync } from 'node:fs'
import { outputOf } from './program.ts'

/** Lists as `taskset -c` takes them. */
export interface Processors {
  exporter: string
  others: string
}

/** Null where a process cannot be held to a processor: there is no `taskset`, or only one processor. */
export async function divideProcessors(): Promise<Processors | null> {
  const allowed = allowedProcessors()
  if (allowed.length < 2 || (await outputOf('taskset', ['--version'])) === null) return null
  return { exporter: String(allowed.at(-1)), others: allowed.slice(0, -1).join(',') }
}

/** The command that runs a program on these processors alone; on any where they are null. */
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
