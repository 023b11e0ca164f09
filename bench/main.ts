/**
 * `npm run bench`: Carryout beside its peers, on the same table, server and S3 endpoint.
 *
 *   --rows <n>       rows of the table (2000000)
 *   --runs <n>       runs of each side, interleaved; the median counts (3)
 *   --json <file>    also writes the figures
 *   --chart <file>   also draws them, as SVG (bench/results/rows-per-second.svg)
 *   --client <path>  the mariadb or mysql program
 *   --only <a,b>     only these sides
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { openBench } from './bench.ts'
import { chart, type Figure, machine, median, table } from './report.ts'
import { carryout, databaseClient, limit, python, type Side, usualNode } from './sides.ts'
import type { Outcome } from './task.ts'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'string' },
    chart: { type: 'string', default: 'bench/results/rows-per-second.svg' },
    client: { type: 'string' },
    only: { type: 'string' },
  },
})
const rows = count('rows', values.rows)
const runs = count('runs', values.runs)
const all: Side[] = [
  carryout('carryout', 'MySQL → CSV → multipart upload to S3, verified'),
  databaseClient(values.client),
  usualNode,
  python,
  limit,
  carryout('carryoutRow', 'the same with a row function that masks e-mails', { row: true }),
  carryout('carryoutGzip', 'the same as gzip', { compression: 'gzip' }),
  carryout('carryoutZstd', 'the same as zstd', { compression: 'zstd' }),
  carryout('carryoutJsonl', 'the same as JSON Lines', { format: 'jsonl' }),
  carryout('carryoutXlsx', 'the same as XLSX', { format: 'xlsx' }),
  carryout('carryoutParquet', 'the same as Parquet', { format: 'parquet' }),
]
const wanted = values.only?.split(',') ?? all.map((side) => side.name)
const unknown = wanted.filter((name) => !all.some((side) => side.name === name))
if (unknown.length > 0)
  stop(`There is no side ${unknown.join(', ')}; there are ${all.map((side) => side.name).join(', ')}`)

const say = (line: string) => console.error(line)
const bench = await openBench(say)
try {
  await bench.fill(rows)
  const sides: Side[] = []
  const skipped: string[] = []
  for (const side of all.filter(({ name }) => wanted.includes(name))) {
    const obstacle = await side.obstacle()
    if (obstacle) skipped.push(`${side.name} was skipped: ${obstacle}`)
    else sides.push(side)
  }
  const outcomes = new Map<string, Outcome[]>(sides.map((side) => [side.name, []]))
  for (let run = 1; run <= runs; run++) {
    for (const side of sides) {
      const outcome = await side.run(bench.task(rows, `${side.name}/${run}`))
      if (outcome.rows !== rows) stop(`${side.name} delivered ${outcome.rows} rows of ${rows}`)
      outcomes.get(side.name)!.push(outcome)
      say(`${side.name}, run ${run} of ${runs}: ${Math.round(rows / outcome.seconds)} rows/s`)
      await bench.clean()
    }
  }
  const figures = sides.map((side): Figure => {
    const each = outcomes.get(side.name)!
    const peaks = each.flatMap(({ peakRssMB }) => peakRssMB ?? [])
    return {
      name: side.name,
      what: side.what,
      rowsPerSecond: Math.round(rows / median(each.map(({ seconds }) => seconds))),
      peakRssMB: peaks.length > 0 ? Math.max(...peaks) : null,
    }
  })
  console.log(table(figures))
  for (const line of skipped) console.log(line)
  console.log(`${rows} rows, median of ${runs} runs, ${machine()}, server ${bench.server}`)
  write(values.chart, chart(figures, `${rows} rows, ${bench.server}`))
  if (values.json) write(values.json, `${JSON.stringify(summary(figures), null, 2)}\n`)
} finally {
  await bench.close()
}

function summary(figures: Figure[]) {
  const of = (name: string) => figures.find((figure) => figure.name === name)?.rowsPerSecond ?? null
  const own = of('carryout')
  const ratio = (name: string) => {
    const other = of(name)
    return own !== null && other !== null ? Number((own / other).toFixed(2)) : null
  }
  const peers = ['databaseClient', 'usualNode', 'python', 'limit'] as const
  return {
    rows,
    rowsPerSecond: { carryout: own, ...Object.fromEntries(peers.map((name) => [name, of(name)])) },
    ratios: Object.fromEntries(peers.map((name) => [name, ratio(name)])),
    peakRssMB: figures.find((figure) => figure.name === 'carryout')?.peakRssMB ?? null,
    others: Object.fromEntries(
      figures
        .filter(({ name }) => name.startsWith('carryout') && name !== 'carryout')
        .map((figure) => [figure.name, figure]),
    ),
    machine: machine(),
    server: bench.server,
  }
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  say(`Wrote ${file}`)
}

function count(name: string, text: string): number {
  const number = Number(text.replaceAll('_', ''))
  if (!Number.isSafeInteger(number) || number < 1) stop(`--${name} must be a whole number of at least 1`)
  return number
}

function stop(message: string): never {
  console.error(message)
  process.exit(1)
}
