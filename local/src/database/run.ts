import { spawn } from 'node:child_process'
import { childEnvironment } from '../child-environment.ts'

export interface Outcome {
  /** Null if the program could not be started or was killed. */
  code: number | null
  /** Standard output. */
  output: string
  /** Standard error, or why the program could not be started. */
  error: string
}

export interface RunOptions {
  input?: string | undefined
  cwd?: string | undefined
  env?: NodeJS.ProcessEnv | undefined
  signal?: AbortSignal | undefined
  /** Called with the process id immediately, so that it can be recorded. */
  onSpawn?: ((pid: number) => void) | undefined
}

/** Runs a program to its end. The caller decides whether its exit code is a failure; only an abort throws. */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<Outcome> {
  const { input = '', cwd, env = childEnvironment(), signal, onSpawn } = options
  signal?.throwIfAborted()
  const outcome = await new Promise<Outcome>((resolve) => {
    const child = spawn(program, args, { cwd, env, signal, killSignal: 'SIGKILL', stdio: 'pipe' })
    if (child.pid !== undefined) onSpawn?.(child.pid)
    const chunks = { output: '', error: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      chunks.output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      chunks.error += text
    })
    child.on('error', (error) => {
      chunks.error += error.message
    })
    // Also emitted after an error, with a negative code. Once it is closed, nothing writes into its files any more.
    child.on('close', (code) => resolve({ ...chunks, code: code !== null && code >= 0 ? code : null }))
    // A program that ends before it has read everything closes the pipe; its exit code says what happened.
    child.stdin.on('error', () => undefined).end(input)
  })
  signal?.throwIfAborted()
  return outcome
}
