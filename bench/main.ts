/** `npm run bench`: Carryout beside its peers, on the same table, server and S3 endpoint. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openBench } from './bench.ts'
import { closing, count, parsed, runCommand, WrongArguments } from './command.ts'
import { measureEmptyExport } from './empty-export.ts'
import { type Figure, figuresOf, summary } from './figures.ts'
import { chart, emptyExportTable, machine, table } from './report.ts'
import { carryout, databaseClient, exceljs, limit, python, type Side, usualNode } from './sides.ts'
import type { Outcome } from './task.ts'

const HELP = `Usage: npm run bench -- [options]

Exports one table with Carryout and with its peers, in turn, and prints rows per second, ratios and peak memory.

  --rows <n>       rows of the table (default 2000000)
  --runs <n>       runs of each side, interleaved; the median counts (default 3)
  --only <a,b>     only these sides
  --json <file>    also writes { rows, rowsPerSecond, ratios, peakRssMB }
  --results <dir>  where results.json, with every run, and rows-per-second.svg go (default bench/results)
  --client <path>  the mariadb or mysql program (default: of the PATH)
  --help           this text

DATABASE_URL (mysql://user:password@host:port/database) names a database to fill instead of a throwaway one.
`
const EMPTY_EXPORT = 'emptyExport'

async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2))
  if (options.help) return console.log(HELP)
  const sides = sidesOf(options.client).filter(({ name }) => options.wanted(name))
  if (options.json && sides.length === 0) throw new WrongArguments(`--json is for sides, of which --only names none`)
  // Not found out when all is measured.
  makeRoomFor('--results', join(options.results, 'results.json'))
  if (options.json) makeRoomFor('--json', options.json)
  const empty = options.wanted(EMPTY_EXPORT) ? await measureEmptyExport(say) : null
  const compared = sides.length > 0 ? await compare(sides, options) : null
  if (compared) report(compared, options)
  if (empty) console.log(`\n${emptyExportTable(empty)}`)
  write(join(options.results, 'results.json'), json({ ...resultsOf(compared), emptyExport: empty }))
}

/** In the order of their runs: the machine's speed drifts, so what is compared most closely runs closely together. */
function sidesOf(client: string | undefined): Side[] {
  return [
    carryout('carryout', 'MySQL → CSV → multipart upload to S3, verified'),
    databaseClient(client),
    limit,
    carryout('libStorage', 'carryout, but as a stream through lib-storage’s Upload', { upload: 'stream' }),
    carryout('carryoutRow', 'with a row function that masks e-mails', { row: true }),
    carryout('carryoutGzip', 'as gzip', { compression: 'gzip' }),
    carryout('carryoutZstd', 'as zstd', { compression: 'zstd' }),
    carryout('carryoutJsonl', 'as JSON Lines', { format: 'jsonl' }),
    carryout('carryoutParquet', 'as Parquet', { format: 'parquet' }),
    carryout('carryoutXlsx', 'as XLSX', { format: 'xlsx' }),
    usualNode,
    python,
    exceljs,
  ]
}

interface Compared {
  rows: number
  runs: number
  server: string
  figures: Figure[]
  skipped: string[]
}

async function compare(wanted: readonly Side[], { rows, runs }: Options): Promise<Compared> {
  const bench = await openBench(say)
  return closing(bench.close, async () => {
    await bench.fill(rows)
    const outcomes = new Map<Side, Outcome[]>()
    const skipped: string[] = []
    for (const side of wanted) {
      const obstacle = await side.obstacle()
      if (obstacle) skipped.push(`${side.name} was skipped: ${obstacle}`)
      else outcomes.set(side, [])
    }
    for (let run = 1; run <= runs; run++) {
      for (const [side, ofSide] of outcomes) {
        const given = Math.min(rows, side.mostRows ?? rows)
        const outcome = await side.run(bench.task(given, `${side.name}/${run}`))
        if (outcome.rows !== given) throw new Error(`${side.name} delivered ${outcome.rows} rows of ${given}`)
        ofSide.push(outcome)
        say(`${side.name}, run ${run} of ${runs}: ${Math.round(given / outcome.seconds).toLocaleString('en')} rows/s`)
        await bench.clean()
      }
    }
    return { rows, runs, server: bench.server, figures: figuresOf(outcomes), skipped }
  })
}

function report(compared: Compared, options: Options): void {
  const { rows, runs, server, figures, skipped } = compared
  const what = `${rows.toLocaleString('en')} rows, median of ${runs}, ${machine()}, server ${server}`
  console.log(table(figures))
  for (const line of skipped) console.log(line)
  console.log(what)
  write(join(options.results, 'rows-per-second.svg'), chart(figures, what))
  if (options.json) write(options.json, json(summary(figures, rows)))
}

function resultsOf(compared: Compared | null) {
  return { at: new Date().toISOString(), machine: machine(), ...compared }
}

interface Options {
  rows: number
  runs: number
  json: string | undefined
  results: string
  client: string | undefined
  help: boolean
  wanted(name: string): boolean
}

/** @throws WrongArguments */
function readArguments(args: string[]): Options {
  const options = {
    rows: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    json: { type: 'string' },
    results: { type: 'string', default: 'bench/results' },
    client: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  const { values } = parsed(() => parseArgs({ args, options, strict: true, allowPositionals: false }))
  const { client, json, results, help } = values
  const all = [...sidesOf(client).map(({ name }) => name), EMPTY_EXPORT]
  const only = values.only?.split(',')
  const unknown = only?.filter((name) => !all.includes(name)) ?? []
  if (unknown.length > 0)
    throw new WrongArguments(`--only: there is no side ${unknown.join(', ')}; there are ${all.join(', ')}`)
  const wanted = (name: string) => only?.includes(name) ?? true
  return { client, json, results, help, rows: count('--rows', values.rows), runs: count('--runs', values.runs), wanted }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** @throws WrongArguments where the file could not be written */
function makeRoomFor(option: string, file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (error) {
    throw new WrongArguments(`${option}: ${(error as Error).message}`)
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new WrongArguments(`${option}: ${file} is a directory`)
}

function write(file: string, text: string): void {
  writeFileSync(file, text)
  say(`Wrote ${file}`)
}

function say(line: string): void {
  console.error(line)
}

runCommand(main, HELP)
