/** Measures how long `npm run demo -- --once` takes on a machine that has never run it, and in the second run. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from '../cdk/bundles.ts'
import { interruption } from './command.ts'

export interface Demo {
  /** Nothing was compiled, bundled or filled before, but the database server's program was already unpacked. */
  firstSeconds: number
  secondSeconds: number
  /** Time from the request to the requester's mail in the first run. */
  requestSeconds: number
}

/** Lines of the demo's output, which begin with the seconds since its start. */
const REQUESTED = /^\s*([\d.]+) s\s+Requested /m
const MAILED = /^\s*([\d.]+) s\s+The requester’s e-mail is in the outbox/m

export async function measureDemo(say: (line: string) => void): Promise<Demo> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-bench-demo-'))
  try {
    say('Running the demo twice, the first time without caches')
    const first = await runDemo(directory)
    const second = await runDemo(directory)
    const at = (line: RegExp) => Number(line.exec(first.output)?.[1] ?? Number.NaN)
    return { firstSeconds: first.seconds, secondSeconds: second.seconds, requestSeconds: at(MAILED) - at(REQUESTED) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function runDemo(directory: string): Promise<{ seconds: number; output: string }> {
  const options = ['--once', '--port', '0', '--state', join(directory, 'state')]
  const began = performance.now()
  const child = spawn('npm', ['run', '-s', 'demo', '--', ...options], {
    cwd: ROOT,
    env: { ...process.env, NODE_COMPILE_CACHE: join(directory, 'compiled') },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: interruption,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`The demo ended with ${code}:\n${output}`)),
    )
  })
  return { seconds: (performance.now() - began) / 1000, output }
}
