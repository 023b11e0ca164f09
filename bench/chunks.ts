/**
 * Exports one file from many chunks through the whole state machine: `node bench/chunks.ts [chunks]`, 5,000 by default. A
 * chunk ends with the first rows that it reads, of 40 kB each. Up to 3,399 chunks, all limits are the deployed ones. An
 * execution with more chunks has more events than AWS allows (25,000), so this limit is lifted, and with it the lower limit
 * with which `export-chunk` stays below it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn'
import { createOperator } from '@carryout/client/operator'
import { createConnection } from 'mysql2/promise'
import { env } from '../functions/common/environment.ts'
import { startLaptop } from '../laptop/laptop.ts'
import { fillShop } from '../laptop/shop/fill.ts'
import { changedAssembly } from '../test/support/assembly.ts'
import { startTestServer } from '../test/support/server.ts'

const WANTED = Number(process.argv[2] ?? 5_000)
/** Enough orders, because a chunk has one or two rows. */
const ORDERS = WANTED * 2
const NOTE_BYTES = 40_000
/** The most chunks that the deployed function writes. */
const MOST_CHUNKS = 3_399

const directory = mkdtempSync(join(tmpdir(), 'carryout-chunks-'))
const server = await startTestServer('mariadb')
const { host, port, admin, exporter, database } = server.facts
const access = { host, port, user: admin.username, password: admin.password, database }
const liftsLimits = WANTED > MOST_CHUNKS
const cloud = await startLaptop({
  stateDirectory: join(directory, 'state'),
  port: 0,
  assembly: await withShortChunks(join(directory, 'assembly')),
  databaseUrl: `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database}`,
  environment: { [env.CHUNK_BUDGET_SECONDS]: '0.001' },
  ...(liftsLimits && { eventLimit: Number.MAX_SAFE_INTEGER }),
})
try {
  await fillShop(access, { orders: ORDERS })
  const connection = await createConnection(access)
  await connection.query(`UPDATE orders SET note = REPEAT('x', ${NOTE_BYTES})`)
  await connection.end()
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const carryout = createOperator(
    { stackName: 'Carryout' },
    { endpoint: cloud.endpointUrl, region: cloud.region, credentials },
  )
  const begun = performance.now()
  const params = { from: '2000-01-01', to: '2100-01-01' }
  const { id } = await carryout.request({ export: 'orders', params, requestedBy: 'hanako@example.com' })
  const { status, failure } = await ended()
  const seconds = (performance.now() - begun) / 1000
  if (status !== 'SUCCEEDED') throw new Error(`${status}: ${failure?.error} ${failure?.reason}`)
  const { visits, chunks } = await carryout.trace(id)
  const largest = Math.max(...visits.map(({ output }) => output?.length ?? 0))
  const { file } = await carryout.get(id)
  const page = await pageOf(`executions/${id}`)
  console.log(
    `${chunks.length} chunks became one file of ${file?.rows} rows and ${file?.bytes} bytes in ${seconds.toFixed(0)} s`,
  )
  console.log(`${await eventsOf(id)} events; the largest output of a state has ${largest} characters`)
  console.log(`its page in the console has ${page.bytes} bytes and takes ${page.millis.toFixed(0)} ms`)
  process.exitCode = chunks.length >= Math.min(WANTED, MOST_CHUNKS) && file?.rows === ORDERS ? 0 : 1

  async function ended() {
    for (;;) {
      const found = await carryout.get(id).catch((error: Error) => {
        if (error.name !== 'NoSuchExecution') throw error
      })
      if (found && found.status !== 'RUNNING') return found
      await sleep(1_000)
    }
  }
} finally {
  await cloud.stop()
  await server.stop()
  rmSync(directory, { recursive: true, force: true })
}

/** The sample's assembly with chunks that do not grow with their number, and without the limit on their number if it is lifted. */
async function withShortChunks(path: string): Promise<string> {
  return await changedAssembly(
    path,
    'export-chunk',
    () => undefined,
    (bundle) => {
      const [constants, before, most] = /(=60,[\w$]+=)1\.05(,[\w$]+=)3400\b/.exec(bundle) ?? []
      if (constants === undefined)
        throw new Error('The bundle has no constants of engine/plan/chunk-budget.ts any more.')
      return bundle.replace(constants, () => `${before}1${most}${liftsLimits ? '1e9' : '3400'}`)
    },
  )
}

async function pageOf(path: string): Promise<{ bytes: number; millis: number }> {
  const begun = performance.now()
  const response = await fetch(`${cloud.endpointUrl}/_carryout/${path}`)
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return { bytes: text.length, millis: performance.now() - begun }
}

async function eventsOf(name: string): Promise<number> {
  const states = new SFNClient({
    endpoint: cloud.endpointUrl,
    region: cloud.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const arn = String(cloud.outputs.CarryoutStateMachineArn).replace(':stateMachine:', ':execution:')
  const { events = [] } = await states.send(
    new GetExecutionHistoryCommand({ executionArn: `${arn}:${name}`, reverseOrder: true, maxResults: 1 }),
  )
  states.destroy()
  return events[0]?.id ?? 0
}
