/** The environment of a run: a database behind a proxy, the stack behind another one, and the files of undisturbed requests. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool } from 'mysql2/promise'
import { fillShop } from '../../laptop/shop/fill.ts'
import { COMPILED, testAssembly } from '../support/cloud.ts'
import type { FreshDatabase } from '../support/database.ts'
import { type DatabaseProxy, startDatabaseProxy } from '../support/database-proxy.ts'
import { serverSessions } from '../support/server-sessions.ts'
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

/** A customer's name, which stands for all customers' data. */
const NEEDLE = 'Nadel im Heuhaufen'

/** The kinds of requests, which take turns. */
const SHAPES = [
  { export: 'orders', params: { from: '2026-01-01', to: '2026-04-01' } },
  { export: 'order-items', params: {} },
  { export: 'customers', params: {}, format: 'jsonl', compression: 'gzip' },
] as const

const nothing = () => undefined
const MAIL_MILLIS = 60_000
/** Size of the small disk, enough for thousands of requests. Only the written part takes memory. */
const DISK_MEGABYTES = 1024

export interface World {
  cloud: ChaosCloud
  aws: FaultProxy
  database: DatabaseProxy
  random: Random
  /** Disk of the state directory; undefined if this user may not mount one. */
  disk: SmallDisk | undefined
  killDatabase: () => void
  stateDirectory: string
  /** Hash of the expected file by the execution's name; see `Expected`. */
  files: Map<string, string>
  needles: string[]
  /** Reports the progress of a long run. */
  progress(line: string): void
  /** Makes the body of a request that must become the right file. */
  request(id: string): string
  runs: Pick<Runs, 'longest' | 'beginAgain'>
  /** Seconds of the longest undisturbed run. */
  undisturbedRun: number
  /** The most export queries that ran on the server at once, as far as observed. */
  mostQueries(): number
  /** Number of the exporter's connections to the server. */
  sessions(): Promise<number>
  /** Waits until no message waits and no execution runs. @returns false if that exceeds the deadline */
  settle(deadlineMillis: number): Promise<boolean>
  close(): Promise<void>
}

/** @param options.orders number of orders in the shop */
export async function openWorld(options: {
  seed: string
  database: ChaosDatabase
  orders: number
  delayScale?: number
  killDatabase?: () => void
  /** Whether the state directory gets a small disk, which a break can fill. */
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
      // With more than one, executions compete for the single query slot.
      CARRYOUT_MAX_RUNNING: '3',
    },
  })
  open.defer(() => cloud.destroy())
  open.defer(() => cloud.end('SIGKILL'))
  // A pool reconnects after the server was killed.
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
  const looks = async () => {
    const sessions = await serverSessions(admin, server.database)
    return sessions.filter(({ user }) => user === server.exporter.username)
  }
  const watching = new AbortController()
  const watch = async () => {
    while (!watching.signal.aborted) {
      const rows = await looks().catch(() => [])
      const running = rows.filter(
        ({ command, statement }) => /Query|Execute/i.test(command) && /carryout\./.test(statement ?? ''),
      )
      most = Math.max(most, running.length)
      await sleep(25, undefined, { signal: watching.signal }).catch(() => undefined)
    }
  }
  const watched = Promise.all([watch(), collectMails(cloud, watching.signal)])
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
      // For the undisturbed requests, the hash is set later from their files.
      files.set(id, hashes[at] ?? '')
      return JSON.stringify({ id, ...SHAPES[at], requestedBy: REQUESTER })
    },
    runs,
    undisturbedRun: 0,
    mostQueries: () => most,
    sessions: async () => (await looks()).length,
    async settle(deadlineMillis) {
      const until = performance.now() + deadlineMillis
      // Longer pauses for more requests keep the harness's own load low.
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
  if (!(await world.settle(180_000))) throw new Error(`The undisturbed requests did not end: ${cloud.log}`)
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

/** Reads new e-mails before the outbox forgets them, until the signal is aborted. */
async function collectMails(cloud: ChaosCloud, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await sleep(MAIL_MILLIS, undefined, { signal }).catch(() => undefined)
    // The process may just be killed. The next look finds the e-mails.
    if (!signal.aborted) await cloud.mails().catch(() => undefined)
  }
}

/** Whether all requests have ended and all requesters were notified. */
async function isSettled({ cloud, files }: World): Promise<boolean> {
  if ((await cloud.waiting()) > 0) return false
  if ((await cloud.executions('RUNNING')).length > 0) return false
  const names = new Set((await cloud.executions()).map(({ name }) => name))
  if ([...files.keys()].some((name) => !names.has(name))) return false
  const announced = mailsByName((await cloud.mails()).filter(({ to }) => to === REQUESTER))
  // The sender of a message that is not a request can be unknown.
  return [...files].every(([name, hash]) => hash === NO_FILE || announced.has(name))
}
