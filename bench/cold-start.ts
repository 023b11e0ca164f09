/** Measures what a cold `export-chunk` takes before it can query: its import, and its first TLS connection to the database. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from '../functions/common/environment.ts'
import { openBench } from './bench.ts'
import { closing } from './command.ts'
import { median } from './figures.ts'
import { bundleFunction, ENVIRONMENT } from './functions.ts'
import { on } from './processors.ts'
import { runMeasured } from './program.ts'
import type { Access } from './table.ts'

export interface ColdStart {
  runs: number
  /** Median of import and connection together. */
  millis: number
  cpuMillis: number
  /** Median of the import alone. */
  importMillis: number
  importCpuMillis: number
}

const RUNS = 9

const SCRIPT = `const look = () => { const { user, system } = process.cpuUsage(); return [performance.now(), (user + system) / 1000] }
const start = look()
const { handler } = await import(process.argv[1])
const imported = look()
const answer = await handler({ probe: 'database' }, { getRemainingTimeInMillis: () => 60000, awsRequestId: 'cold' })
const connected = look()
if (!answer.ok) throw new Error(JSON.stringify(answer))
console.log(JSON.stringify([imported, connected].map(([wall, cpu]) => [wall - start[0], cpu - start[1]])))
process.exit()`

export async function measureColdStart(say: (line: string) => void): Promise<ColdStart> {
  const bench = await openBench(say)
  const folder = mkdtempSync(join(tmpdir(), 'carryout-cold-'))
  const close = async () => {
    rmSync(folder, { recursive: true, force: true })
    await bench.close()
  }
  return closing(close, async () => {
    const transport = bench.obstacle('tls') === null ? 'tls' : 'plain'
    const task = bench.task(0, 'cold', transport)
    await bundleFunction('export-chunk', folder)
    const secrets = await serveSecret(task.access)
    const runs: [number, number][][] = []
    try {
      const command = [process.execPath, '--input-type=module', '-e', SCRIPT, join(folder, 'index.mjs')]
      const started = on(bench.processors?.exporter ?? null, command)
      const environment = { ...ENVIRONMENT, ...databaseEnvironment(task.access), ...secrets.env }
      for (let run = 0; run < RUNS; run++) {
        const { output } = await runMeasured(started, task, environment)
        runs.push(JSON.parse(output.trim().split('\n').at(-1)!) as [number, number][])
      }
    } finally {
      secrets.close()
    }
    const of = (step: number, kind: number) => Math.round(median(runs.map((run) => run[step]![kind]!)))
    return { runs: RUNS, millis: of(1, 0), cpuMillis: of(1, 1), importMillis: of(0, 0), importCpuMillis: of(0, 1) }
  })
}

function databaseEnvironment({ host, port, database, tls }: Access): NodeJS.ProcessEnv {
  return {
    [env.DATABASE_HOST]: host,
    [env.DATABASE_PORT]: String(port),
    [env.DATABASE_NAME]: database,
    [env.DATABASE_SECRET_ARN]: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:bench',
    [env.DATABASE_USER]: undefined,
    [env.DATABASE_TLS_SERVER_NAME]: undefined,
    [env.DATABASE_TLS]: tls ? 'required' : 'off',
    [env.DATABASE_CA_FILE]: tls?.caFile,
  }
}

/** Serves the secret that the function reads from Secrets Manager, on loopback. */
async function serveSecret({ user: username, password }: Access): Promise<{ env: NodeJS.ProcessEnv; close(): void }> {
  const answer = JSON.stringify({ SecretString: JSON.stringify({ username, password }) })
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1').end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}` },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
