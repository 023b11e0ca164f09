/** Synthesizes the user's CDK app as the CDK's command line does, without an account. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

/** The app does not synthesize; the message is its own output. */
export class SynthFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SynthFailed'
  }
}

/**
 * Skips CloudFormation's rules, which take most of a synthesis and matter only for a deployment: `cdk synth` and `cdk
 * deploy` check them. The app's own validations, such as cdk-nag, still run.
 */
export const LOCAL_SYNTH = { CDK_VALIDATION: 'false' }
/** The directory of the construct's own code. */
const CONSTRUCT = join(import.meta.dirname, '../cdk')
/** Placeholders for the account and region of a deployment. */
const ENVIRONMENT = { CDK_DEFAULT_ACCOUNT: '000000000000', CDK_DEFAULT_REGION: 'us-east-1' }

export interface SynthesisOptions {
  directory: string
  signal?: AbortSignal | undefined
  onProgress?: (line: string) => void
}

/**
 * Reads the command that runs the app, and its context, from the folder's `cdk.json`.
 *
 * @throws SynthFailed
 */
export function appCommand(root: string): { app: string; context: object } {
  const { app, context = {} } = readJson<{ app?: unknown; context?: object }>(join(root, 'cdk.json'))
  if (typeof app !== 'string')
    throw new SynthFailed(`${join(root, 'cdk.json')} has no app. Set it to the command that runs the app.`)
  return { app, context }
}

/**
 * Runs the `app` command of the folder's `cdk.json`, which writes its cloud assembly into the directory.
 *
 * @throws SynthFailed
 */
export async function synthesizeApp(
  root: string,
  { directory, signal, onProgress = () => undefined }: SynthesisOptions,
): Promise<void> {
  const { app, context } = appCommand(root)
  const looked = existsSync(join(root, 'cdk.context.json')) ? readJson<object>(join(root, 'cdk.context.json')) : {}
  onProgress('Synthesizing the app …')
  // A partial assembly must not look like a complete one.
  rmSync(directory, { recursive: true, force: true })
  const child = spawn(app, {
    shell: true,
    cwd: root,
    env: {
      ...ENVIRONMENT,
      ...LOCAL_SYNTH,
      ...process.env,
      PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...looked }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, because killing only the shell would leave its children.
    detached: true,
  })
  const failed = new Promise<never>((_, reject) => child.once('error', reject))
  const kill = () => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL')
  signal?.addEventListener('abort', kill, { once: true })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  try {
    const [status, stdout, stderr] = await Promise.race([
      Promise.all([code, text(child.stdout), text(child.stderr)]),
      failed,
    ])
    signal?.throwIfAborted()
    if (status !== 0)
      throw new SynthFailed(
        `The app does not synthesize:\n${withoutTrace(stderr.trim()) || stdout.trim() || `${app} ended with ${status}`}`,
      )
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', kill)
  }
  if (!existsSync(join(directory, 'manifest.json'))) {
    throw new SynthFailed(
      `The app “${app}” wrote no cloud assembly into ${directory}: it must call app.synth(), or leave CDK_OUTDIR as it is.`,
    )
  }
}

/** Removes the stack trace from a refusal of the construct; the app's own errors are kept complete. */
function withoutTrace(stderr: string): string {
  const [, message, frame] = /^\w*Error: ([\s\S]*?)\n {4}at ([^\n]*)/m.exec(stderr) ?? []
  const isOurs = [CONSTRUCT, pathToFileURL(CONSTRUCT).href].some((place) => frame?.includes(place))
  return isOurs ? message! : stderr
}

function readJson<T>(path: string): T {
  let json: string
  try {
    json = readFileSync(path, 'utf8')
  } catch (error) {
    throw new SynthFailed(`There is no ${path}. Run this in the folder of a CDK app; “npx carryout init” makes one.`, {
      cause: error,
    })
  }
  try {
    return JSON.parse(json) as T
  } catch (error) {
    throw new SynthFailed(`${path} is not JSON: ${(error as Error).message}`, { cause: error })
  }
}
