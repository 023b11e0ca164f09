/**
 * Replays a thousand executions that really failed, for three causes. One of them is found and replayed in three clicks, and
 * each page is timed in a browser. Then the others are replayed in bulk, while the local cloud is killed twice:
 * `node bench/replays.ts [count]`. Fails if a page is slow, or if an execution is not redriven exactly once.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { fillShop } from '../laptop/shop/fill.ts'
import { ChaosCloud, freePort } from '../test/chaos/cloud.ts'
import { openBrowser } from '../test/support/browser.ts'
import { failMany, replayThroughKills } from '../test/support/bulk-kill.ts'
import { testAssembly } from '../test/support/cloud.ts'
import { startTestServer } from '../test/support/server.ts'

const COUNT = Number(process.argv[2] ?? 1_000)
const KILLS = 2
const LIMIT_MILLIS = 200
/** Runs of each page. In the first one, the process has not compiled anything yet. */
const RUNS = 5

const server = await startTestServer('mariadb')
const { host, port, admin, exporter, database } = server.facts
const access = { host, port, user: admin.username, password: admin.password, database }
await fillShop(access, { orders: 200 })
const stateDirectory = mkdtempSync(join(tmpdir(), 'carryout-replays-'))
const cloud = new ChaosCloud({
  ...{ stateDirectory, assembly: await testAssembly(), port: await freePort(), delayScale: 0.02, environment: {} },
  databaseUrl: `mysql://${exporter.username}:${encodeURIComponent(exporter.password)}@${host}:${port}/${database}`,
})
const killable = {
  endpoint: () => cloud.endpointUrl,
  async restart() {
    await cloud.end('SIGKILL')
    await cloud.start()
  },
  async sql(statement: string) {
    const connection = await createConnection(access)
    await connection.query(statement)
    await connection.end()
  },
}
try {
  await cloud.start()
  await failMany(killable, COUNT)
  console.log(`${COUNT} executions have failed`)
  const isQuick = await clickThrough()
  const begun = performance.now()
  const { replay, redrives } = await replayThroughKills(killable, { name: 'all', kills: KILLS })
  const counts = Object.values(redrives)
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1)
  const isWhole = counts.length === COUNT && counts.every((count) => count === 1)
  console.log(`${replay.replayed} replayed and ${replay.skipped} skipped through ${KILLS} kills in ${minutes} minutes`)
  console.log(`Redriven exactly once: ${counts.filter((count) => count === 1).length} of ${counts.length}`)
  process.exitCode = isQuick && isWhole ? 0 : 1
} finally {
  await cloud.end('SIGKILL')
  cloud.destroy()
  await server.stop()
  rmSync(stateDirectory, { recursive: true, force: true })
}

/** Clicks from the console's first page to a replayed execution. @returns whether every page met the time limit */
async function clickThrough(): Promise<boolean> {
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ locale: 'en-GB' })
    const took = () => page.evaluate('performance.getEntriesByType("navigation")[0].duration') as Promise<number>
    let isQuick = true
    const times = new Map<string, number[]>()
    const note = async (name: string) => times.set(name, [...(times.get(name) ?? []), await took()])
    for (let run = 1; run <= RUNS; run++) {
      await page.goto(cloud.endpointUrl)
      await note('downloads')
      await page.getByRole('link', { name: 'Failures' }).click()
      await note('failures, grouped')
      await page.getByRole('link', { name: 'QueryFailed' }).click()
      await note('one group')
    }
    await page
      .getByRole('button', { name: /^Replay: many-/ })
      .first()
      .click()
    await page.getByText('The replay has begun.').waitFor()
    await note('replayed, the execution')
    for (const [name, all] of times) {
      const median = all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)]!
      isQuick &&= median <= LIMIT_MILLIS
      console.log(`${median.toFixed(0).padStart(6)} ms (at most ${Math.max(...all).toFixed(0)})  ${name}`)
    }
    return isQuick
  } finally {
    await browser.close()
  }
}
