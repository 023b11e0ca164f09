import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CATALOGUE_METADATA } from '../../cdk/metadata.ts'
import { startGateway } from '../../local/src/gateway.ts'
import { writeAssembly } from '../../local/test/assembly.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const MAIN = join(import.meta.dirname, '../../cli/carryout.ts')
let directory: string
let database: FreshDatabase
let assembly: string
/** Processes that a failed test leaves running. */
const running = new Set<ChildProcess>()
beforeAll(async () => {
  database = await freshDatabase()
  directory = mkdtempSync(join(tmpdir(), 'carryout-main-'))
  assembly = join(directory, 'assembly')
  mkdirSync(assembly)
  writeAssembly(assembly, {
    Resources: {
      Jobs: {
        Type: 'AWS::SQS::Queue',
        Properties: { QueueName: 'jobs' },
        // The construct adds this metadata to its functions.
        Metadata: { [CATALOGUE_METADATA]: 'exports/index.ts' },
      },
      Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/shop' } },
      Stream: { Type: 'AWS::Kinesis::Stream' },
    },
    Outputs: { QueueUrl: { Value: { Ref: 'Jobs' } } },
  })
  mkdirSync(join(directory, 'without'))
  writeAssembly(join(directory, 'without'), {})
})
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await database.drop()
  rmSync(directory, { recursive: true })
})

test('boots, prints how to reach it and what is unsupported, and ends cleanly on Ctrl-C', async () => {
  const run = start(['--port', '0', '--assembly', assembly])
  const endpoint = await run.endpoint()
  expect((await fetch(`${endpoint}/_carryout/health`)).status).toBe(200)
  expect(await asPrinted(run.output())).toEqual({ stdout: '[]\n', stderr: '' })
  run.child.kill('SIGINT')
  expect(await run.exit).toBe(0)
  expect(run.output()).toContain(`QueueUrl: ${endpoint}/000000000000/jobs`)
  expect(run.output()).toContain(`export AWS_ENDPOINT_URL=${endpoint} AWS_REGION=us-east-1`)
  expect(run.output()).toContain('AWS::Kinesis::Stream (Stream) is not supported.')
  await expect(fetch(endpoint)).rejects.toThrow()
})

test('restarts on a state directory whose cloud was killed', async () => {
  const args = ['--port', '0', '--state', join(directory, 'state'), '--assembly', assembly]
  const killed = start(args)
  await killed.endpoint()
  const second = start(args)
  expect(await second.exit).toBe(1)
  expect(second.output()).toBe(
    `carryout: The state directory ${join(directory, 'state')} is in use by another local cloud (process ${killed.child.pid}). ` +
      'Stop that, or name another directory with --state <dir>.\n',
  )
  killed.child.kill('SIGKILL')
  await killed.exit
  const again = start(args)
  await again.endpoint()
  expect(again.output()).not.toContain('--local')
  expect(await asPrinted(again.output())).toEqual({ stdout: '[]\n', stderr: '' })
  again.child.kill('SIGTERM')
  expect(await again.exit).toBe(0)
})

test('aborts a boot on Ctrl-C without an error', async () => {
  const app = join(directory, 'endless')
  mkdirSync(app)
  writeFileSync(join(app, 'cdk.json'), JSON.stringify({ app: `${process.execPath} -e "setInterval(() => {}, 1000)"` }))
  const run = start(['--port', '0', '--state', join(directory, 'given-up')], app)
  while (!run.output().includes('Synthesizing')) await once(run.child.stderr as NodeJS.EventEmitter, 'data')
  run.child.kill('SIGINT')
  expect(await run.exit).toBe(130)
  expect(run.output()).toBe('Synthesizing the app …\nStopping … (again to stop at once)\n')
})

test('reports a port in use in one sentence', async () => {
  const gateway = await startGateway({ port: 0 })
  const run = start(['--port', String(gateway.port), '--state', join(directory, 'other'), '--assembly', assembly])
  expect(await run.exit).toBe(1)
  expect(run.output()).toBe(
    `carryout: Port ${gateway.port} of 127.0.0.1 is in use, perhaps by another local cloud. Stop that, or choose another port with --port <n>.\n`,
  )
  await gateway.stop()
})

test.each([
  [['--prt', '1'], "Unknown option '--prt' (Did you mean --port?)"],
  [['more'], "Too many arguments for 'local'."],
  [['--port', '70000'], '--port must be a number from 0 to 65535, not “70000”.'],
  [['--port', '-1'], '--port must be a number from 0 to 65535, not “-1”.'],
  [['--assembly', 'without'], 'This app has no Carryout construct.'],
  [['--seed', 'seed.sql'], '--seed fills a throwaway database, but DATABASE_URL is set to one of yours.'],
])('refuses %j with a sentence', async (args, message) => {
  const run = start(args)
  expect(await run.exit).not.toBe(0)
  expect(run.output()).toContain(`carryout: ${message}`)
  expect(run.output().trimEnd().split('\n')).toHaveLength(1)
})

test('a folder without a CDK app is refused with advice', async () => {
  const run = start(['--port', '0', '--state', join(directory, 'nothing')])
  expect(await run.exit).toBe(1)
  expect(run.output()).toMatch(/There is no \S+cdk\.json\. Run this in the folder of a CDK app/)
})

test('an assembly that does not exist is refused before anything is made', async () => {
  const run = start(['--assembly', 'nope'])
  expect(await run.exit).toBe(1)
  expect(run.output()).toMatch(/^carryout: \S+nope is not a cloud assembly: it has no manifest\.json\. [^\n]+\n$/)
})

test('a seed that is a folder is refused before anything is made', async () => {
  const run = start(['--seed', '.'], directory, '')
  expect(await run.exit).toBe(1)
  expect(run.output()).toBe('carryout: . is a folder. Set --seed to a SQL file.\n')
})

/** Runs the printed command for the logs, once instead of continuously, and without --local after the printed settings. */
function asPrinted(output: string) {
  const [settings] = /export AWS_ENDPOINT_URL=.*?SECRET_ACCESS_KEY=local/s.exec(output)!
  const [, options] = /npx carryout logs --follow (.+?) \(/.exec(output)!
  const script = `${options!.includes('--local') ? '' : settings}\n"$0" "$1" logs ${options} --json`
  return promisify(execFile)('/bin/sh', ['-c', script, process.execPath, MAIN], {
    cwd: directory,
    env: { PATH: process.env.PATH },
  })
}

function urlOf({ exporter, host, port, database: name }: FreshDatabase): string {
  return `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${name}`
}

function start(args: string[], cwd = directory, url = urlOf(database)) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'local', ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...(url && { DATABASE_URL: url }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk))
  const exit = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    exit,
    output: () => output,
    async endpoint(): Promise<string> {
      for (;;) {
        const found = /listening on (http:\S+)/.exec(output)?.[1]
        if (found && output.includes('Ctrl-C')) return found
        const ended = await Promise.race([exit, once(child.stdout as NodeJS.EventEmitter, 'data')])
        if (typeof ended === 'number') throw new Error(`It ended with ${ended}: ${output}`)
      }
    },
  }
}
