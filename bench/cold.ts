/** `npx node bench/cold.ts`: prints the size of each function's bundle and the processor time of its import in a cold start. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'
import { HANDLERS } from '../cdk/bundles.ts'
import { readFlags } from '../terminal/script.ts'
import { count, runCommand } from './command.ts'
import { bundleFunction, ENVIRONMENT } from './functions.ts'

const HELP = `Usage: npx node bench/cold.ts [options]

Bundles each function as it is deployed, and imports it in a separate process.

  --runs <n>       imports of each function; the median counts (default 9)
  --only <a,b>     measure only these functions
  --packages <n>   number of the largest packages to list for each bundle (default 5)
  --help           show this text
`

const IMPORT = `const before = process.cpuUsage()
await import(process.argv[1])
const { user, system } = process.cpuUsage(before)
console.log((user + system) / 1000)
process.exit()`

async function main(): Promise<void> {
  const { values } = readFlags({
    runs: { type: 'string', default: '9' },
    only: { type: 'string' },
    packages: { type: 'string', default: '5' },
    help: { type: 'boolean' },
  })
  if (values.help) return console.log(HELP)
  const runs = count('--runs', values.runs)
  const packages = count('--packages', values.packages)
  const wanted = values.only?.split(',')
  const folder = mkdtempSync(join(tmpdir(), 'carryout-cold-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  console.log(
    '| function | KB at start | KB in total | import, CPU ms | largest packages |\n| --- | ---: | ---: | ---: | --- |',
  )
  for (const handler of HANDLERS.filter((name) => !wanted || wanted.includes(name))) {
    const metafile = await bundleFunction(handler, join(folder, handler))
    const atStart = atStartOf(metafile)
    const bytes = sum(atStart.map((path) => metafile.outputs[path]!.bytes))
    const all = sum(Object.values(metafile.outputs).map((output) => output.bytes))
    const times = Array.from({ length: runs }, () => importMillis(join(folder, handler, 'index.mjs')))
    const median = times.sort((a, b) => a - b)[Math.floor(runs / 2)]!
    console.log(
      `| ${handler} | ${kilo(bytes)} | ${kilo(all)} | ${Math.round(median)} | ${heaviest(metafile, atStart, packages)} |`,
    )
  }
}

/** The entry file and everything that it imports statically. Node reads all of it before it can call the handler. */
function atStartOf({ outputs }: Metafile): string[] {
  const paths = Object.keys(outputs).filter((path) => basename(path) === 'index.mjs')
  for (const path of paths) {
    for (const { path: imported, kind } of outputs[path]!.imports) {
      if (kind === 'import-statement' && imported in outputs && !paths.includes(imported)) paths.push(imported)
    }
  }
  return paths
}

function heaviest({ outputs }: Metafile, paths: readonly string[], length: number): string {
  const bytes = new Map<string, number>()
  for (const path of paths) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path]!.inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? `${dirname(input).split('/')[0]}/`
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput)
    }
  }
  const sorted = [...bytes].sort(([, a], [, b]) => b - a).slice(0, length)
  return sorted.map(([name, size]) => `${name} ${kilo(size)}`).join(', ')
}

function importMillis(file: string): number {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', IMPORT, file], {
    env: { PATH: process.env.PATH, ...ENVIRONMENT },
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${file} cannot be imported: ${stderr}`)
  return Number(stdout)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

function kilo(bytes: number): number {
  return Math.round(bytes / 1000)
}

runCommand(main, HELP)
