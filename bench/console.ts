/**
 * Measures how long the console's pages take on a laptop with 1,000 failed downloads in the table, and with 10,000 downloads
 * of which 1,000 failed and 200 wait: `node bench/console.ts`. Each page is requested by a program, and opened in a browser.
 * The local cloud, its database and the browser share this machine, so the output includes its load.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createOperator, type FailureGroup } from '@carryout/client/operator'
import { Table } from '../functions/common/table.ts'
import { startLaptop } from '../laptop/laptop.ts'
import { fillShop } from '../laptop/shop/fill.ts'
import type { DownloadEntry } from '../statemachine/table.ts'
import { enterRequest, waitingRequest } from '../statemachine/waiting.ts'
import { openBrowser } from '../test/support/browser.ts'
import { testAssembly } from '../test/support/cloud.ts'
import { putEntries } from '../test/support/table-entries.ts'

const FAILED = 1_000
const READY = 8_800
const WAITING = 200
/** Runs of each page. In the first one, the process has not compiled anything yet. */
const RUNS = 7
const LIMIT_MILLIS = 200
const MINUTE = 60_000
const CAUSES = [
  ['QueryFailed', 'Table customers does not exist'],
  ['DatabaseUnavailable', 'ECONNREFUSED'],
  ['TransformFailed', 'Row # has no amount'],
] as const
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-console-'))
const cloud = await startLaptop({ stateDirectory, port: 0, assembly: await testAssembly() })
const connection = { endpoint: cloud.endpointUrl, region: cloud.region, credentials: CREDENTIALS }
const dynamo = new DynamoDBClient(connection)
const tableName = String(cloud.outputs.CarryoutTableName)
const browser = await openBrowser()
try {
  const { host, port, database, admin } = cloud.database
  await fillShop({ host, port, database, user: admin.username, password: admin.password }, { orders: 2_000 })
  const carryout = createOperator({ stackName: 'Carryout' }, connection)
  await ended('ready-1', { export: 'orders' })
  await ended('failed-1', { export: 'ordres' })
  await putEntries(dynamo, tableName, Array.from({ length: FAILED }, failed))
  const { groups } = await carryout.failures()
  const [{ key, downloads }] = groups as [FailureGroup]
  // While requests are paused, no replayed download starts, so the replay's page shows all of them.
  await carryout.pause({ by: 'bench', reason: '' })
  const begun = performance.now()
  await carryout.replayAll({ name: 'bench', by: 'bench', why: '', group: key })
  const took = performance.now() - begun
  console.log(`A bulk replay of ${downloads.length} was sent within ${took.toFixed(0)} ms.`)
  const pages = [
    '',
    '?state=failed',
    '?export=orders&requester=user7@example.com',
    '?error=QueryFailed',
    'failures',
    `failures/${key}`,
    `failures/${key}/replay`,
    'queue',
    'replays',
    'replays/bench',
    'exports',
    'exports/orders',
    'executions/ready-1',
    'executions/failed-1',
    'executions/failed-1/replay',
    'executions/failed-1/edit',
    'executions/failed-1/logs',
  ]
  const isQuick = [await measure(`${FAILED} failed downloads`, pages)]
  await putEntries(dynamo, tableName, Array.from({ length: READY }, ready))
  const table = new Table(tableName, dynamo)
  for (let index = 0; index < WAITING; index++) {
    const name = `waiting-${index}`
    const input = JSON.stringify({ id: name, export: 'orders', requestedBy: requesterOf(index) })
    await enterRequest(table, waitingRequest(name, input, new Date().toISOString()))
  }
  isQuick.push(await measure(`${FAILED + READY + WAITING} downloads`, [...pages, 'executions/waiting-7']))
  process.exitCode = isQuick.every(Boolean) ? 0 : 1

  async function ended(id: string, change: { export: string }) {
    const params = { from: '2026-01-01', to: '2026-04-01' }
    await carryout.request({ id, params, requestedBy: requesterOf(1), ...change })
    while (!['ready', 'failed'].includes((await carryout.entry(id))?.state ?? '')) await sleep(100)
  }
} finally {
  await browser.close()
  dynamo.destroy()
  await cloud.stop()
  rmSync(stateDirectory, { recursive: true, force: true })
}

/** @returns whether every page met the time limit */
async function measure(what: string, pages: readonly string[]): Promise<boolean> {
  console.log(
    `\n${what}, load ${loadavg()[0]!.toFixed(1)}: milliseconds, median (maximum)\n    answered  processor      shown`,
  )
  const page = await browser.newPage({ locale: 'en-GB' })
  let isQuick = true
  for (const path of pages) {
    const url = `${cloud.endpointUrl}/_carryout/${path}`
    const answered: number[] = []
    const shown: number[] = []
    const before = process.cpuUsage()
    for (let run = 0; run < RUNS; run++) {
      const begun = performance.now()
      const response = await fetch(url)
      await response.text()
      answered.push(performance.now() - begun)
      if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    }
    const { user, system } = process.cpuUsage(before)
    // Processor time of the console and the local cloud, which hardly depends on the machine's load.
    const processor = (user + system) / 1000 / RUNS
    for (let run = 0; run < RUNS; run++) {
      await page.goto(url)
      // The time from the click until the page, its style sheet and its script are loaded.
      shown.push(Number(await page.evaluate('performance.getEntriesByType("navigation")[0].duration')))
    }
    // A page counts as slow only if its processor time is high, too, because a busy machine delays every page.
    isQuick &&= Math.min(medianOf(shown), processor) <= LIMIT_MILLIS
    console.log(`${summaryOf(answered)}${processor.toFixed(0).padStart(11)}${summaryOf(shown)}  /${path}`)
  }
  await page.close()
  return isQuick
}

function summaryOf(times: readonly number[]): string {
  return `${medianOf(times).toFixed(0)} (${Math.max(...times).toFixed(0)})`.padStart(12)
}

function medianOf(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)]!
}

function requesterOf(index: number): string {
  return `user${index % 20}@example.com`
}

function common(index: number, minutesAgo: number) {
  const at = (minutes: number) => new Date(Date.now() - minutes * MINUTE).toISOString()
  const requestedBy = requesterOf(index)
  return {
    ...{ at: at(minutesAgo), requestedAt: at(minutesAgo + 1), startedAt: at(minutesAgo + 1), endedAt: at(minutesAgo) },
    ...{ export: index % 3 === 0 ? 'customers' : 'orders', requestedBy, requester: requestedBy },
    ...{ params: '{"from":"2026-01-01","to":"2026-02-01"}', redriveCount: 0 },
  }
}

/** A failed download; together they are spread over a week. */
function failed(_: unknown, index: number): DownloadEntry {
  const [error, reason] = CAUSES[index % 7 < 3 ? 0 : index % 7 < 5 ? 1 : 2]!
  return { ...common(index, index * 10 + 5), id: `broken-${index}`, state: 'failed', error, reason }
}

function ready(_: unknown, index: number): DownloadEntry {
  const file = { title: 'Orders', fileName: 'Orders.csv', rows: 1_000, bytes: 60_000 }
  return { ...common(index, index), id: `download-${index}`, state: 'ready', ...file }
}
