/** Runs the real command in a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { main } from '../../cli/main.ts'
import type { Terminal } from '../../terminal/terminal.ts'

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

const PATH = join(import.meta.dirname, '../../cli/carryout.ts')

export function start(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PATH, ...args], {
    // Nothing of this machine's AWS configuration: a test must not find an account.
    env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const ended = Promise.all([code, text(child.stdout!), text(child.stderr!)]).then(([code, stdout, stderr]) => ({
    code,
    stdout,
    stderr,
  }))
  return { child, ended }
}

export async function run(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return await start(args, env).ended
}

/** As `run`, without the half second that a process takes, in the environment of the test. */
export async function inProcess(args: string[]): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  const terminal: Terminal = {
    interactive: false,
    progress: () => undefined,
    paint: (_style, text) => text,
    print: (line) => {
      stdout += `${line}\n`
    },
    note: (line) => {
      stderr += `${line}\n`
    },
  }
  return { code: await main(args, terminal), stdout, stderr }
}
