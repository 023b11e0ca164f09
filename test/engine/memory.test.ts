/** Peak memory of an export, bundled and connected as it is deployed, which must be the same for five times the rows. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bench, openBench } from '../../bench/bench.ts'
import { carryout } from '../../bench/carryout-side.ts'
import type { CarryoutOptions, Outcome, Transport } from '../../bench/task.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { urlOf } from '../support/database-url.ts'

const FEW = 80_000
const MANY = 400_000
/** Two runs differ so much, since the engine decides when it collects, and few rows do not fill every buffer. */
const NOISE_MB = 30
const MOST_MB = 200
const MOST_RUNS = 3

/** Each encoder and each compressor once. A zip uses the compressor of gzip. */
const KINDS = [
  { format: 'csv' },
  { format: 'csv', compression: 'zstd' },
  { format: 'csv', row: true },
  { format: 'jsonl', compression: 'zip' },
  { format: 'xlsx' },
  { format: 'parquet' },
] as const satisfies CarryoutOptions[]

let database: FreshDatabase
let bench: Bench
let directory: string
let transport: Transport
beforeAll(async () => {
  database = await freshDatabase()
  directory = mkdtempSync(join(tmpdir(), 'carryout-memory-'))
  bench = await openBench(() => {}, urlOf(database, directory))
  transport = bench.obstacle('tls') === null ? 'tls' : 'plain'
})
afterAll(async () => {
  await bench.close()
  await database.drop()
  rmSync(directory, { recursive: true, force: true })
})

test('does not grow with the export in any format', async () => {
  const few = await exportEach(FEW, () => Number.POSITIVE_INFINITY)
  const allowed = (kind: number) => Math.min(few[kind]!.peakRssMB! + NOISE_MB, MOST_MB)
  const many = await exportEach(MANY, allowed)
  KINDS.forEach((kind, index) => {
    const [small, large] = [few[index]!, many[index]!]
    expect({ kind, rows: [small.rows, large.rows] }).toEqual({ kind, rows: [FEW, MANY] })
    expect(large.bytes).toBeGreaterThan(small.bytes! * 4)
    if (large.peakRssMB! > allowed(index)) {
      throw new Error(
        `${JSON.stringify(kind)}: ${large.peakRssMB} MB for ${MANY} rows, ${small.peakRssMB} MB for ${FEW}`,
      )
    }
  })
}, 300_000)

/**
 * Exports so many rows in each format. A late garbage collection raises one run's peak, while growth raises every run's: an
 * export whose peak exceeds `allowed` is repeated, and its lowest peak counts.
 */
async function exportEach(rows: number, allowed: (kind: number) => number): Promise<Outcome[]> {
  await bench.fill(rows)
  const outcomes: Outcome[] = []
  const task = bench.task(rows, 'memory', transport)
  for (const [kind, options] of KINDS.entries()) {
    let lowest: Outcome | undefined
    for (let run = 0; run < MOST_RUNS && !(lowest && lowest.peakRssMB! <= allowed(kind)); run++) {
      const outcome = await carryout('memory', '', options).run(task, bench)
      if (!lowest || outcome.peakRssMB! < lowest.peakRssMB!) lowest = outcome
    }
    outcomes.push(lowest!)
  }
  await bench.clean()
  return outcomes
}
