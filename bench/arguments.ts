/** The command line of `npm run bench`. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readFlags } from '../terminal/script.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { count } from './command.ts'
import type { Transport } from './task.ts'

export const HELP = `Usage: npm run bench -- [options]

Exports one table with Carryout and with its peers, in turn, as deployed (TLS to the database, HTTPS to S3) and in plain text,
and prints rows per second, ratios, processor time and peak memory, and which goals are met.

  --rows <n>        rows in the table (default 2000000)
  --runs <n>        runs of each side, interleaved; the median counts (default 3)
  --only <a,b>      measure only these sides
  --transport <t>   tls, plain or both (default both)
  --json <file>     also write rows, rowsPerSecond, ratios, peakRssMB and cpuSecondsPerMillionRows in plain text, the same
                    figures with TLS as tls, and coldImport and emptyExport
  --results <dir>   directory for results.json, with every run, and rows-per-second.svg (default bench/results)
  --client <path>   the mariadb or mysql program (default: the one on the PATH, otherwise an unpacked one)
  --no-download     skip the peers whose programs are not on the PATH, instead of unpacking the distribution's packages
  --help            show this text

DATABASE_URL (mysql://user:password@host:port/database) names a database to fill instead of a throwaway one;
CARRYOUT_DATABASE (mysql, mariadb) chooses the throwaway one (default mariadb).
`

/** Sides in the order of their runs. The machine's speed drifts, so the sides to compare closely run right after each other. */
export const SIDES = [
  'carryout',
  'cClient',
  'outfile',
  'mydumper',
  'databaseClient',
  'limit',
  'libStorage',
  'carryoutRow',
  'carryoutTwoRanges',
  'carryoutGzip',
  'gzipTool',
  'carryoutZstd',
  'zstdTool',
  'carryoutJsonl',
  'carryoutParquet',
  'duckdb',
  'carryoutXlsx',
  'exceljs',
  'xlsxwriter',
  'usualNode',
  'python',
] as const
export type SideName = (typeof SIDES)[number]

/** Measurements that are not sides. */
export const ALONE = ['emptyExport', 'coldImport', 'demo'] as const
export type AloneName = (typeof ALONE)[number]

export interface Options {
  rows: number
  runs: number
  transports: readonly Transport[]
  json: string | undefined
  results: string
  client: string | undefined
  mayDownload: boolean
  help: boolean
  sides: readonly SideName[]
  alone: readonly AloneName[]
}

/** @throws UsageError if the arguments are not valid, or if an output file could not be written after the measurement */
export function readArguments(args: string[]): Options {
  const flags = {
    rows: { type: 'string', default: '2000000' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    transport: { type: 'string', default: 'both' },
    json: { type: 'string' },
    results: { type: 'string', default: 'bench/results' },
    client: { type: 'string' },
    'no-download': { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = readFlags(flags, { args })
  const { client, json, results, help } = values
  const all: readonly string[] = [...SIDES, ...ALONE]
  const only = values.only?.split(',') ?? all
  const unknown = only.filter((name) => !all.includes(name))
  if (unknown.length > 0)
    throw new UsageError(`--only: unknown side: ${unknown.join(', ')}. Choose from ${all.join(', ')}`)
  const sides = SIDES.filter((name) => only.includes(name))
  const alone = ALONE.filter((name) => only.includes(name))
  const transports = transportsOf(values.transport)
  const [rows, runs] = [count('--rows', values.rows), count('--runs', values.runs)]
  if (!help) {
    makeRoomFor('--results', join(results, 'results.json'))
    if (json) makeRoomFor('--json', json)
  }
  return { rows, runs, transports, json, results, client, mayDownload: !values['no-download'], help, sides, alone }
}

/** @returns the transports in the order of their runs: TLS first @throws UsageError if the text names none of them */
export function transportsOf(text: string): readonly Transport[] {
  if (text === 'both') return ['tls', 'plain']
  if (text === 'tls' || text === 'plain') return [text]
  throw new UsageError(`--transport must be tls, plain or both, not “${text}”`)
}

/** Creates the file's directory. @throws UsageError if the file could not be written */
function makeRoomFor(option: string, file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
  } catch (error) {
    throw new UsageError(`${option}: ${(error as Error).message}`)
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${option}: ${file} is a directory`)
}
