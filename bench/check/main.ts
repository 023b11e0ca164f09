/** `npm run bench:check`: checks whether exports take more processor time than in the last release. */
import { join } from 'node:path'
import { readFlags } from '../../terminal/script.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { transportsOf } from '../arguments.ts'
import { openBench } from '../bench.ts'
import { bundle } from '../bundle.ts'
import { CARRYOUT_SCRIPT } from '../carryout-side.ts'
import { closing, count, runCommand } from '../command.ts'
import type { CarryoutOptions } from '../task.ts'
import { type Cost, costs } from './costs.ts'
import { unpackRelease } from './release.ts'

const KINDS: Record<string, CarryoutOptions> = {
  csv: {},
  row: { row: true },
  gzip: { compression: 'gzip' },
  parquet: { format: 'parquet' },
  xlsx: { format: 'xlsx' },
}

const HELP = `Usage: npm run bench:check -- [options]

Exports one table with the code of the last release and with the current code, in turn and with the same dependencies, and
compares the processor time. Exits with 1 if the current code exceeds the tolerance.

  --against <commit>  compare with this commit instead of the last release before the current one (a tag, v…)
  --kinds <a,b>       some of ${Object.keys(KINDS).join(', ')} (default: all)
  --rows <n>          rows in the table (default 500000)
  --runs <n>          runs of each kind (default 3); the cheapest one counts
  --tolerance <n>     highest ratio of the processor time now to that of the release (default 1.25)
  --transport <t>     tls or plain (default tls, as deployed)
  --help              show this text
`

async function main(): Promise<void> {
  const { against, kinds, rows, runs, tolerance, transport, help } = readArguments()
  if (help) return console.log(HELP)
  const release = await unpackRelease(against)
  const [now, before] = await Promise.all(
    [CARRYOUT_SCRIPT, join(release.directory, 'bench', 'sides', 'carryout.ts')].map(bundle),
  )
  const bench = await openBench(say)
  const found = await closing(bench.close, async () => {
    const obstacle = bench.obstacle(transport)
    if (obstacle) throw new UsageError(`--transport ${transport}: ${obstacle}`)
    await bench.fill(rows)
    return costs(bench, { now: now!, before: before! }, { rows, runs, transport, kinds, tolerance, say })
  })
  console.log(table(found, release.name))
  const slower = found.filter(({ ratio }) => ratio > tolerance)
  if (slower.length === 0) return console.log(`No export takes more than ${tolerance} times the processor time.`)
  const names = slower.map(({ kind }) => kind).join(', ')
  console.log(`Slower than ${release.name} by more than ${tolerance} times: ${names}.`)
  process.exitCode = 1
}

function table(found: readonly Cost[], release: string): string {
  return [
    `| processor seconds of an export | ${release} | now | ratio |`,
    '| --- | ---: | ---: | ---: |',
    ...found.map(
      ({ kind, now, before, ratio }) => `| ${kind} | ${before.toFixed(2)} | ${now.toFixed(2)} | ${ratio.toFixed(2)} |`,
    ),
  ].join('\n')
}

/** @throws UsageError */
function readArguments() {
  const flags = {
    against: { type: 'string' },
    kinds: { type: 'string', default: Object.keys(KINDS).join(',') },
    rows: { type: 'string', default: '500000' },
    runs: { type: 'string', default: '3' },
    tolerance: { type: 'string', default: '1.25' },
    transport: { type: 'string', default: 'tls' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = readFlags(flags)
  const names = values.kinds.split(',')
  const unknown = names.filter((name) => !Object.hasOwn(KINDS, name))
  if (unknown.length > 0)
    throw new UsageError(`--kinds: there is no ${unknown.join(', ')}; there are ${Object.keys(KINDS).join(', ')}`)
  const tolerance = Number(values.tolerance)
  if (!(tolerance >= 1)) throw new UsageError(`--tolerance must be a number of at least 1, not “${values.tolerance}”`)
  const [transport, second] = transportsOf(values.transport)
  if (!transport || second) throw new UsageError('--transport must be tls or plain')
  return {
    against: values.against,
    kinds: Object.fromEntries(names.map((name) => [name, KINDS[name]!])),
    rows: count('--rows', values.rows),
    runs: count('--runs', values.runs),
    tolerance,
    transport,
    help: values.help,
  }
}

function say(line: string): void {
  console.error(line)
}

runCommand(main, HELP)
