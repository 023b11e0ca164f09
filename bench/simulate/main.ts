/** `npm run simulate`: estimates the invocations, events, requests, time and dollars that an export of any size takes on AWS. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesize } from '../../laptop/synthesize.ts'
import { readFlags } from '../../terminal/script.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { runCommand } from '../command.ts'
import { FORMATS, rowsPerSecond, SENT_BYTES_PER_ROW } from './formats.ts'
import { type Circumstances, costOf, type Path } from './prices.ts'
import { type Scenario, SimulatedFailure, simulate } from './simulate.ts'
import type { Usage } from './usage.ts'

const PATHS: readonly Path[] = ['server', 'otherZone', 'dataApi']
const SECONDS_A_DAY = 24 * 3600

const HELP = `Usage: npm run simulate -- [options]

Runs the deployed state machine with functions that only report how long they would work, and prints what an export takes on AWS.

  --rows <n>             rows of the export, such as 1e9 (default 1e6)
  --days <n>             instead of --rows: as many rows as one query returns in this many days
  --format <name>        ${Object.keys(FORMATS).join(', ')} (default csv): its size and speed as measured
  --bytes-per-row <n>    bytes of the file per row, instead of the measured value
  --rows-per-second <n>  speed of one query, instead of the measured value: set it to your database's speed
  --first-row <s>        seconds until a query returns its first row (default 1)
  --parallelism <n>      queries at once (default 1)
  --chunk-budget <s>     the construct's chunkBudget, in seconds (default: as long as the function has)
  --path <name>          how the rows reach the function: ${PATHS.join(', ')} (default server)
  --nat                  S3 is reached through a NAT gateway
  --kept <days>          how long the file is kept (default 7)
  --downloads <n>        how often it is downloaded to the internet (default 1)
  --table                print each format at a million, a hundred million and a billion rows, in Markdown
  --json                 print JSON
  --help                 show this text
`

async function main(): Promise<void> {
  const { values } = readFlags({
    rows: { type: 'string' },
    days: { type: 'string' },
    format: { type: 'string', default: 'csv' },
    'bytes-per-row': { type: 'string' },
    'rows-per-second': { type: 'string' },
    'first-row': { type: 'string', default: '1' },
    parallelism: { type: 'string', default: '1' },
    'chunk-budget': { type: 'string', default: '0' },
    path: { type: 'string', default: 'server' },
    nat: { type: 'boolean' },
    kept: { type: 'string', default: '7' },
    downloads: { type: 'string', default: '1' },
    table: { type: 'boolean' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  })
  if (values.help) return console.log(HELP)
  if (values.rows !== undefined && values.days !== undefined)
    throw new UsageError('--rows and --days are two ways to say one thing: give one of them')
  const path = PATHS.find((each) => each === values.path)
  if (!path) throw new UsageError(`--path must be one of ${PATHS.join(', ')}, not “${values.path}”`)
  const circumstances: Circumstances = {
    path,
    isNat: values.nat,
    days: amount('--kept', values.kept),
    downloads: amount('--downloads', values.downloads),
  }
  const scenarioOf = (format: string, rows?: number): Scenario => {
    const measured = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined
    if (!measured) throw new UsageError(`--format must be one of ${Object.keys(FORMATS).join(', ')}, not “${format}”`)
    const speed = amount('--rows-per-second', values['rows-per-second'] ?? String(rowsPerSecond(measured)))
    if (speed === 0) throw new UsageError('--rows-per-second must be more than 0')
    const parallelism = amount('--parallelism', values.parallelism)
    if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > 40)
      throw new UsageError(`--parallelism must be a whole number from 1 to 40, not “${values.parallelism}”`)
    const days = values.days === undefined ? undefined : amount('--days', values.days)
    const wanted = days === undefined ? amount('--rows', values.rows ?? '1e6') : days * SECONDS_A_DAY * speed
    return {
      format: measured.format,
      compression: measured.compression,
      rows: Math.round(rows ?? wanted),
      bytesPerRow: amount('--bytes-per-row', values['bytes-per-row'] ?? String(measured.bytesPerRow)),
      sentBytesPerRow: SENT_BYTES_PER_ROW,
      rowsPerSecond: speed,
      secondsToFirstRow: amount('--first-row', values['first-row']),
      parallelism,
      chunkBudgetSeconds: amount('--chunk-budget', values['chunk-budget']),
    }
  }
  const first = scenarioOf(values.format)
  if (values.table) return console.log(await table(scenarioOf, await memoryOfFunctions(), circumstances))
  const usage = await simulate(first).catch((error: unknown) => {
    if (!(error instanceof SimulatedFailure)) throw error
    console.error(error.message)
    process.exitCode = 1
  })
  if (!usage) return
  const cost = costOf(usage, await memoryOfFunctions(), circumstances)
  console.log(values.json ? json(usage, cost) : report(usage, cost))
}

/** Parses a number of at least 0, which may be written as 1e9 or 1_000. */
function amount(option: string, text: string): number {
  const number = Number(text.replaceAll('_', ''))
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new UsageError(`${option} must be a number of at least 0, not “${text}”`)
}

/** Memory of each function in MB, from the sample's template. */
async function memoryOfFunctions(): Promise<Map<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'carryout-simulate-'))
  try {
    await synthesize({ directory })
    const { Resources } = JSON.parse(readFileSync(join(directory, 'Carryout.template.json'), 'utf8')) as {
      Resources: Record<string, { Type: string; Properties: { FunctionName?: string; MemorySize: number } }>
    }
    return new Map(
      Object.values(Resources)
        .filter(({ Type }) => Type === 'AWS::Lambda::Function')
        .map(({ Properties }) => [String(Properties.FunctionName).replace('Carryout-', ''), Properties.MemorySize]),
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function report(usage: Usage, cost: Record<string, number>): string {
  const lines: [string, string][] = [
    ['time, where nothing waits', duration(usage.seconds)],
    ['file', size(usage.fileBytes)],
    ['chunks', whole(usage.chunks)],
    ...[...usage.functions].map(([name, { invocations, seconds }]): [string, string] => [
      name,
      `${whole(invocations)} × ${duration(seconds / invocations)}`,
    ]),
    ['events, of 25,000', whole(usage.events)],
    ['state transitions', whole(usage.transitions)],
    ['document, of 256 KiB', `${(usage.documentBytes / 1024).toFixed(1)} KiB`],
    ['requests to S3 that write', whole(usage.storage.writes)],
    ['requests to S3 that read', whole(usage.storage.reads)],
    ...Object.entries(cost).map(([what, dollars]): [string, string] => [what, usd(dollars)]),
    ['together', usd(sum(cost))],
  ]
  const width = Math.max(...lines.map(([what]) => what.length))
  return lines.map(([what, value]) => `${what.padEnd(width)}  ${value}`).join('\n')
}

async function table(
  scenarioOf: (format: string, rows: number) => Scenario,
  memory: ReadonlyMap<string, number>,
  circumstances: Circumstances,
): Promise<string> {
  const lines = [
    '| rows | format | file | time | chunks | events | USD | USD a GB |',
    '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
  ]
  for (const rows of [1e6, 1e8, 1e9]) {
    for (const format of Object.keys(FORMATS)) {
      const scenario = scenarioOf(format, rows)
      const usage = await simulate(scenario).catch((error: unknown) => {
        if (error instanceof SimulatedFailure) return null
        throw error
      })
      if (!usage) {
        lines.push(`| ${whole(rows)} | ${format} | does not fit into one chunk, and cannot be continued | | | | | |`)
        continue
      }
      const dollars = sum(costOf(usage, memory, circumstances))
      const cells = [
        whole(rows),
        format,
        size(usage.fileBytes),
        duration(usage.seconds),
        whole(usage.chunks),
        whole(usage.events),
        dollars.toFixed(dollars < 1 ? 4 : 2),
        (dollars / (usage.fileBytes / 1e9)).toFixed(3),
      ]
      lines.push(`| ${cells.join(' | ')} |`)
    }
  }
  return lines.join('\n')
}

function json(usage: Usage, cost: Record<string, number>): string {
  return JSON.stringify({ ...usage, functions: Object.fromEntries(usage.functions), cost, dollars: sum(cost) }, null, 2)
}

const sum = (cost: Record<string, number>) => Object.values(cost).reduce((all, each) => all + each, 0)
const whole = (number: number) => number.toLocaleString('en')
const usd = (dollars: number) => `$${dollars.toFixed(4)}`

function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let unit = 0
  let number = bytes
  for (; number >= 1000 && unit < units.length - 1; unit++) number /= 1000
  return `${number.toPrecision(3)} ${units[unit]}`
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  if (seconds < 3600) return `${(seconds / 60).toFixed(1)} min`
  if (seconds < SECONDS_A_DAY) return `${(seconds / 3600).toFixed(1)} h`
  return `${(seconds / SECONDS_A_DAY).toFixed(1)} days`
}

runCommand(main, HELP)
