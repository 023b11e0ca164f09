/** All that a run needs: a database behind a proxy, the stack behind another, and the files as they are when nothing is wrong. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool } from 'mysql2/promise'
import { fillShop } from '../../laptop/shop/fill.ts'
import { COMPILED, testAssembly } from '../support/cloud.ts'
import type { FreshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { ChaosCloud, freePort } from './cloud.ts'
import { mountSmallDisk, type SmallDisk } from './disk.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { hashOf, mailsByName, NO_FILE, REQUESTER } from './model.ts'
import { type Random, randomOf } from './random.ts'
import { type Runs, watchRuns } from './runs.ts'

export type ChaosDatabase = Pick<FreshDatabase, 'host' | 'port' | 'database' | 'exporter' | 'connection'> & {
  kind: FreshDatabase['kind']
  version: string
  admin: FreshDatabase['admin']
}

/** One row holds it, as every row holds somebody's data. */
const NEEDLE = 'Nadel im Heuhaufen'

/** What is asked for, in turns. */
const SHAPES = [
  { export: 'orders', params: { from: '2026-01-01', to: '2026-04-01' } },
  { export: 'order-items', params: {} },
  { export: 'customers', params: {}, format: 'jsonl', compression: 'gzip' },
] as const

const nothing = () => undefined
/** Of what is kept of thousands of requests; only what is written takes memory. */
const DISK_MEGABYTES = 1024

export interface World {
  cloud: ChaosCloud
  aws: FaultProxy
  database: DatabaseProxy
  random: Random
  /** The state directory's own; absent where this user may not mount one. */
  disk: SmallDisk | undefined
  killDatabase: () => void
  stateDirectory: string
  /** By the execution's name, the file's hash; see `Expected`. */
  files: Map<string, string>
  needles: string[]
  /** Says how far a long run is. */
  progress(line: string): void
  /** A request that must become the right file. */
  request(id: string): string
  runs: Pick<Runs, 'longest' | 'beginAgain'>
  /** Of the undisturbed ones. */
  undisturbedRun: number
  /** The most export queries that the server has been seen to run at once. */
  mostQueries(): number
  /** The exporter's connections to the server. */
  sessions(): Promise<number>
  /** Waits until nothing waits and nothing runs. @returns whether that was before the deadline */
  settle(deadlineMillis: number): Promise<boolean>
  close(): Promise<void>
}

/** @param options.orders the size of the shop */
export async function openWorld(options: {
  seed: string
  database: ChaosDatabase
  orders: number
  delayScale?: number
  killDatabase?: () => void
  /** Whether its disk shall be filled. */
  smallDisk?: boolean
  progress?: (line: string) => void
}): Promise<World> {
  const {
    seed,
    database: server,
    orders,
    delayScale = 0.02,
    progress = nothing,
    killDatabase = nothing,
    smallDisk = false,
  } = options
  const random = randomOf(seed)
  await using open = new AsyncDisposableStack()
  await fillShop(server.connection, { orders })
  const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-chaos-'))
  open.defer(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const disk = smallDisk ? mountSmallDisk(stateDirectory, { megabytes: DISK_MEGABYTES }) : undefined
  open.defer(() => disk?.close())
  const database = open.adopt(await startDatabaseProxy(server as FreshDatabase), (opened) => opened.close())
  const port = await freePort()
  const aws = open.adopt(await startFaultProxy({ target: port, random: random.fork('aws') }), (opened) =>
    opened.close(),
  )
  const cloud = new ChaosCloud({
    ...{ stateDirectory, port, delayScale, databaseUrl: database.url, assembly: await testAssembly() },
    compileCache: COMPILED,
    environment: {
      AWS_ENDPOINT_URL: aws.url,
      CARRYOUT_CHUNK_BUDGET_SECONDS: '0.05',
      // More than one, so that executions contend for the one query.
      CARRYOUT_MAX_RUNNING: '3',
    },
  })
  open.defer(() => cloud.destroy())
  open.defer(() => cloud.end('SIGKILL'))
  // A pool, since the server is killed, too.
  const admin = createPool({ ...server.connection, connectionLimit: 1 })
  open.defer(() => admin.end())
  await admin.query(
    'UPDATE customers SET name = ? WHERE id = (SELECT first FROM (SELECT min(id) AS first FROM customers) AS c)',
    [NEEDLE],
  )
  await cloud.start()

  const files = new Map<string, string>()
  const hashes: string[] = []
  let requests = 0
  let most = 0
  const query = `SELECT command, info FROM information_schema.processlist WHERE user = ? AND db = ?`
  const looks = async () => {
    const [rows] = await admin.query(query, [server.exporter.username, server.database])
    return rows as { command: string; info: string | null }[]
  }
  const watching = new AbortController()
  const watch = async () => {
    while (!watching.signal.aborted) {
      const rows = await looks().catch(() => [])
      const running = rows.filter(
        ({ command, info }) => /Query|Execute/i.test(command) && /carryout\./.test(info ?? ''),
      )
      most = Math.max(most, running.length)
      await sleep(25, undefined, { signal: watching.signal }).catch(() => undefined)
    }
  }
  const watched = watch()
  const runs = open.adopt(watchRuns(cloud), (opened) => opened.stop())
  open.defer(async () => {
    watching.abort()
    await watched
  })

  const world: World = {
    ...{ cloud, aws, database, random, stateDirectory, disk, files, progress, killDatabase },
    needles: [NEEDLE, server.exporter.password, server.admin.password],
    request(id) {
      const at = requests++ % SHAPES.length
      // Of the undisturbed ones it is learnt.
      files.set(id, hashes[at] ?? '')
      return JSON.stringify({ id, ...SHAPES[at], requestedBy: REQUESTER })
    },
    runs,
    undisturbedRun: 0,
    mostQueries: () => most,
    sessions: async () => (await looks()).length,
    async settle(deadlineMillis) {
      const until = performance.now() + deadlineMillis
      // The harness is not to be most of what runs.
      const pauseMillis = Math.min(200 + files.size * 2, 5_000)
      for (let quiet = 0; quiet < 3; ) {
        if (performance.now() > until) return false
        const isQuiet = await isSettled(world).catch(() => false)
        quiet = isQuiet ? quiet + 1 : 0
        await sleep(pauseMillis)
      }
      return true
    },
    close: () => close(),
  }
  const names = SHAPES.map((_, at) => `reference-${at}`)
  await cloud.send(names.map((name) => world.request(name)))
  if (!(await world.settle(180_000))) throw new Error(`The undisturbed requests do not end: ${cloud.log}`)
  const keys = await cloud.keys()
  for (const [at, name] of names.entries()) {
    const key = keys.find((each) => each.startsWith(`files/${name}/`) && !each.endsWith('.manifest.json'))
    if (!key) throw new Error(`The undisturbed request ${name} has no file`)
    hashes[at] = await hashOf(cloud, key)
    files.set(name, hashes[at])
  }
  world.undisturbedRun = runs.longest().seconds
  runs.forget()
  most = 0
  const kept = open.move()
  const close = () => kept.disposeAsync()
  return world
}

/** All that was requested has ended, and everybody was told. */
async function isSettled({ cloud, files }: World): Promise<boolean> {
  if ((await cloud.waiting()) > 0) return false
  if ((await cloud.executions('RUNNING')).length > 0) return false
  const names = new Set((await cloud.executions()).map(({ name }) => name))
  if ([...files.keys()].some((name) => !names.has(name))) return false
  const told = mailsByName((await cloud.mails()).filter(({ to }) => to === REQUESTER))
  // Who sent what is not a request may be unknown.
  return [...files].every(([name, hash]) => hash === NO_FILE || told.has(name))
}
