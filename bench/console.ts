/**
 * How long the console's pages take on a laptop with 10,000 downloads in the table, 1,000 of them failed for three causes and
 * 200 waiting: `node bench/console.ts`. The table is the local cloud's, over HTTP, as the console reads it. The processor's time is
 * that of the console and the local cloud together; it hardly depends on what else this machine does, as the time on the clock does.
 */
import { createOperator } from '../client/operator.ts'
import { createConsole } from '../console/console.ts'
import type { DownloadEntry } from '../statemachine/table.ts'
import { entryUpdate } from '../statemachine/table-update.ts'
import { enterRequest, waitingRequest } from '../statemachine/waiting.ts'
import { openStartQueue } from '../test/support/queue.ts'

const DOWNLOADS = 10_000
const FAILED = 1_000
const WAITING = 200
const RUNS = 9
const LIMIT_MILLIS = 200

const CAUSES = [
  ['QueryFailed', 'Table customers does not exist'],
  ['DatabaseUnavailable', 'ECONNREFUSED'],
  ['TransformFailed', 'Row # has no amount'],
] as const

const queue = await openStartQueue()
try {
  await fill()
  const site = createConsole({ carryout: createOperator(queue.parts, queue.options) })
  const groups = await pageOf(site, '/failures')
  const [key = ''] = /failures\/[0-9a-f]{16}/.exec(groups) ?? []
  const pages = [
    '/',
    '/?status=failed',
    '/?export=orders&requester=user7@example.com',
    '/failures',
    `/${key}`,
    `/${key}/replay`,
    '/queue',
    '/replays',
  ]
  let isSlow = false
  for (const page of pages) {
    const times: number[] = []
    const cpuBefore = process.cpuUsage()
    for (let run = 0; run < RUNS; run++) {
      const begun = performance.now()
      await pageOf(site, page)
      times.push(performance.now() - begun)
    }
    const { user, system } = process.cpuUsage(cpuBefore)
    const cpuMillis = (user + system) / 1000 / RUNS
    const median = times.sort((one, other) => one - other)[Math.floor(RUNS / 2)]!
    isSlow ||= Math.min(median, cpuMillis) > LIMIT_MILLIS
    const clock = `${median.toFixed(0).padStart(6)} ms (at most ${times.at(-1)!.toFixed(0)})`
    console.log(`${clock.padEnd(28)}${cpuMillis.toFixed(0).padStart(6)} ms of processor  ${page}`)
  }
  process.exitCode = isSlow ? 1 : 0
} finally {
  await queue.close()
}

async function fill() {
  const now = Date.now()
  const at = (index: number) => new Date(now - index * 60_000).toISOString()
  for (let index = 0; index < DOWNLOADS - WAITING; index++) {
    const isFailed = index % Math.floor(DOWNLOADS / FAILED) === 0
    const [error, reason] = CAUSES[index % 7 < 3 ? 0 : index % 7 < 5 ? 1 : 2]!
    const requestedBy = `user${index % 20}@example.com`
    const entry: DownloadEntry = {
      id: `download-${index}`,
      state: isFailed ? 'failed' : 'ready',
      at: at(index),
      requestedAt: at(index + 1),
      startedAt: at(index + 1),
      endedAt: at(index),
      export: index % 3 === 0 ? 'customers' : 'orders',
      requestedBy,
      requester: requestedBy,
      params: '{"from":"2026-01-01","to":"2026-02-01"}',
      redriveCount: 0,
      ...(isFailed ? { error, reason } : { title: 'Orders', fileName: 'Orders.csv', rows: 1_000, bytes: 60_000 }),
    }
    await queue.table.update(entryUpdate(entry))
  }
  for (let index = 0; index < WAITING; index++) {
    const input = JSON.stringify({
      id: `waiting-${index}`,
      export: 'orders',
      requestedBy: `user${index % 20}@example.com`,
    })
    await enterRequest(queue.table, waitingRequest(`waiting-${index}`, input, at(0)))
  }
}

async function pageOf(site: ReturnType<typeof createConsole>, path: string): Promise<string> {
  const response = await site.fetch(new Request(`http://127.0.0.1${path}`))
  const text = await response.text()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text.slice(0, 500)}`)
  return text
}
