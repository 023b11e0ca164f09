/** A stranger's app in a folder far from this repository, which knows Carryout only from npm. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { linkThirdParties } from './third-parties.ts'

const ROOT = join(import.meta.dirname, '../..')
const exec = promisify(execFile)

export interface Local {
  endpoint: string
  output(): string
  /** Resolves once standard error or output has the text. */
  says(text: string): Promise<void>
  stop(): Promise<void>
}

export class Stranger {
  readonly folder: string
  readonly #registry: string

  constructor(folder: string, registry: string) {
    this.folder = folder
    this.#registry = registry
    mkdirSync(folder, { recursive: true })
  }

  write(files: Readonly<Record<string, string>>) {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8')
  }

  async run(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const env = { ...this.environment(), ...environment }
    return await exec(command, args, { cwd: this.folder, env, maxBuffer: 16 * 1024 * 1024 })
  }

  async carryout(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    return await this.run('npx', ['carryout', ...args], environment)
  }

  /** npm looks for what fits, unpacks what is only in the registry, and finds the rest to be there. */
  async install(...packages: string[]) {
    const options = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
    await this.run('npm', ['install', '--package-lock-only', ...options, ...packages])
    linkThirdParties(this.folder)
    await this.run('npm', ['install', ...options])
  }

  /** As `cdk init` makes an app today, but with the versions that are installed here, and without its sample. */
  async cdkInit() {
    const cdk = join(ROOT, 'node_modules/aws-cdk/bin/cdk')
    await this.run(process.execPath, [cdk, 'init', 'app', '--language', 'typescript', '--generate-only'], {
      HOME: dirname(this.folder),
      CDK_DISABLE_VERSION_CHECK: '1',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
    })
    for (const file of globSync('test/*.ts', { cwd: this.folder })) rmSync(join(this.folder, file))
    const manifest = JSON.parse(this.read('package.json')) as Record<'dependencies' | 'devDependencies', object>
    const { devDependencies, dependencies } = manifest
    const { jest: _, '@swc/core': __, '@swc/jest': ___, ...kept } = devDependencies as Record<string, string>
    const own = { dependencies: versionsOf(Object.keys(dependencies)), devDependencies: versionsOf(Object.keys(kept)) }
    this.write({ 'package.json': JSON.stringify({ ...manifest, ...own }, null, 2) })
  }

  /** Runs `carryout local` until it says that it is up. */
  async startLocal(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Local> {
    const child: ChildProcess = spawn('npx', ['carryout', 'local', '--port', '0', ...args], {
      cwd: this.folder,
      env: { ...this.environment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // npx does not hand every signal on.
      detached: true,
    })
    let output = ''
    const heard = new EventTarget()
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => {
        output += chunk
        heard.dispatchEvent(new Event('more'))
      })
    }
    const exit = once(child, 'close').then(() => heard.dispatchEvent(new Event('more')))
    const says = async (text: string) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`It ended without “${text}”: ${output}`)
        await once(heard, 'more')
      }
    }
    await says('Ctrl-C')
    return {
      endpoint: /listening on (http:\S+)/.exec(output)![1]!,
      output: () => output,
      says,
      async stop() {
        process.kill(-child.pid!, 'SIGINT')
        await exit
      },
    }
  }

  environment(): NodeJS.ProcessEnv {
    return {
      PATH: [join(process.execPath, '..'), process.env.PATH].join(':'),
      HOME: process.env.HOME,
      npm_config_registry: this.#registry,
      npm_config_cache: join(dirname(this.folder), 'npm-cache'),
      CARRYOUT_DATABASE: 'mariadb',
    }
  }
}

/** What a terminal beside `carryout local` has. */
export function localAws({ endpoint }: Local): NodeJS.ProcessEnv {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  }
}

/** As this checkout has installed them. */
export function versionsOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const json = readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')
      return [name, (JSON.parse(json) as { version: string }).version]
    }),
  )
}
