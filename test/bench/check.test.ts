/** The check for regressions, with two bundles: the current one, and the same with extra work for each row. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Bench, openBench } from '../../bench/bench.ts'
import { bundle } from '../../bench/bundle.ts'
import { CARRYOUT_SCRIPT } from '../../bench/carryout-side.ts'
import { type Cost, costs } from '../../bench/check/costs.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { urlOf } from '../support/database-url.ts'

const ROWS = 3_000
/** Extra time per row. In total, it is several times the time of a run with so few rows. */
const BURDEN_MICROS = 600
const TOLERANCE = 2

let database: FreshDatabase
let bench: Bench
let directory: string
beforeAll(async () => {
  database = await freshDatabase()
  directory = mkdtempSync(join(tmpdir(), 'carryout-check-'))
  bench = await openBench(() => {}, urlOf(database, directory))
  await bench.fill(ROWS)
})
afterAll(async () => {
  await bench.close()
  await database.drop()
  rmSync(directory, { recursive: true, force: true })
})

test('passes identical code, and fails code that is slower per row', async () => {
  const now = await bundle(CARRYOUT_SCRIPT)
  const slow = join(directory, 'slow.mjs')
  const burn = `const until = JSON.parse(process.argv[2]).rows * ${BURDEN_MICROS}\nwhile (process.cpuUsage().user < until);`
  writeFileSync(slow, `${burn}\nawait import(${JSON.stringify(pathToFileURL(now).href)})\n`)
  const [equal, slower] = [await ratioOf(now, now), await ratioOf(slow, now)]
  expect(equal).toBeLessThan(TOLERANCE)
  expect(slower).toBeGreaterThan(TOLERANCE)
  // Whole exports in processes of their own, and again where another program disturbed one.
}, 300_000)

async function ratioOf(now: string, before: string): Promise<number> {
  const transport = bench.obstacle('tls') === null ? 'tls' : 'plain'
  const options = { rows: ROWS, runs: 1, transport, kinds: { csv: {} }, tolerance: TOLERANCE, say: () => {} } as const
  const [cost] = (await costs(bench, { now, before }, options)) as [Cost]
  return cost.ratio
}
