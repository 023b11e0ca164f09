/** Synthesizes the app's own stack for the local cloud, unless its sources are unchanged. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { childEnvironment } from '@carryout/local'
import { LOCAL_SYNTH, SynthFailed } from './app.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The sources of the stack and its functions. */
const INPUTS = ['cdk', 'functions', 'engine', 'exports', 'client', 'statemachine'].map((folder) => `${folder}/**`)
const LOCKED = ['package-lock.json', 'cdk.json', 'tsconfig.json']

/**
 * Writes the cloud assembly into a directory.
 *
 * @param options.environment of the synthesis, which the stack's configuration may read
 * @throws SynthFailed
 */
export async function synthesize(options: {
  directory: string
  environment?: Record<string, string>
  onProgress?: (line: string) => void
  /** Aborts the synthesis. */
  signal?: AbortSignal | undefined
}): Promise<void> {
  const { directory, environment = {}, onProgress, signal } = options
  const stamp = join(directory, 'carryout-inputs.sha256')
  const inputs = inputsHash(environment)
  if (existsSync(join(directory, 'manifest.json')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs)
    return
  onProgress?.('Synthesizing the stack and bundling its functions …')
  // A partial assembly must not look like a complete one.
  rmSync(directory, { recursive: true, force: true })
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'cdk', 'app.ts')], {
      cwd: ROOT,
      env: childEnvironment({ ...environment, ...LOCAL_SYNTH, CDK_OUTDIR: directory }),
      maxBuffer: 64 * 1024 * 1024,
      ...(signal && { signal }),
    })
  } catch (error) {
    signal?.throwIfAborted()
    const { stderr = '', message } = error as Error & { stderr?: string }
    throw new SynthFailed(`The stack does not synthesize:\n${stderr.trim() || message}`, { cause: error })
  }
  writeFileSync(stamp, inputs)
}

/** Returns a digest that changes with any source of the stack or its functions. */
export function inputsHash(environment: Record<string, string> = {}): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([process.version, Object.entries(environment).sort()]))
  const files = globSync([...INPUTS, ...LOCKED], { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) {
    const bytes = readFileSync(file)
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}
