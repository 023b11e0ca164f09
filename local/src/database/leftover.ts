/** Server processes that outlived the local cloud that started them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Whether the process is a server on that data directory; its id alone may have been reused. A zombie, which many
 * containers never reap, has no command line, so it is not one.
 */
export function servesData(pid: number, dataDirectory: string): boolean {
  return commandLine(pid).includes(`--datadir=${dataDirectory}`)
}

function commandLine(pid: number): string[] {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    // Without /proc (macOS), the arguments are one line in which ` --` separates them.
    const line = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
    return line.trim().split(/ (?=--)/)
  } catch {
    return []
  }
}

/** Returns undefined if the file does not exist or has no number. */
export function readPid(pidFile: string): number | undefined {
  try {
    return Number(readFileSync(pidFile, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

const PATIENCE_SECONDS = 20

/** Ends a server: asks it to stop, waits, and kills it if it does not end in time. */
export async function endServer(
  pid: number,
  dataDirectory: string,
  signals: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'],
): Promise<void> {
  for (const signal of signals) {
    if (!servesData(pid, dataDirectory)) return
    try {
      process.kill(pid, signal)
    } catch {
      return // It has just ended.
    }
    const until = performance.now() + PATIENCE_SECONDS * 1000
    while (performance.now() < until) {
      if (!servesData(pid, dataDirectory)) return
      await sleep(20)
    }
  }
}
