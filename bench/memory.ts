/**
 * `node bench/memory.ts [rows …] [--client <path>]`: the peak memory of an export, which must not grow with its rows (1 and 5 million by
 * default; `20000000` for the long one), and its rows/s beside the database's own client.
 */
import { parseArgs } from 'node:util'
import { openBench } from './bench.ts'
import { carryout, databaseClient } from './sides.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { client: { type: 'string' } } })
const sizes = positionals.map(Number)
if (sizes.some((rows) => !Number.isSafeInteger(rows) || rows < 1)) throw new Error('Give whole numbers of rows')
const side = carryout('carryout', 'MySQL → CSV → S3')
const client = databaseClient(values.client)
const obstacle = await client.obstacle()
if (obstacle) console.error(`databaseClient was skipped: ${obstacle}`)

const bench = await openBench((line) => console.error(line))
try {
  console.log(
    '| rows | peak RSS, MB | carryout, rows/s | mariadb --quick --batch, rows/s |\n| ---: | ---: | ---: | ---: |',
  )
  for (const rows of sizes.length > 0 ? sizes : [1_000_000, 5_000_000]) {
    await bench.fill(rows)
    const { peakRssMB, seconds } = await side.run(bench.task(rows, `memory/${rows}`))
    await bench.clean()
    const other = obstacle ? null : await client.run(bench.task(rows, ''))
    const speed = (taken: number) => Math.round(rows / taken).toLocaleString('en')
    console.log(
      `| ${rows.toLocaleString('en')} | ${peakRssMB} | ${speed(seconds)} | ${other ? speed(other.seconds) : ''} |`,
    )
  }
} finally {
  await bench.close()
}
