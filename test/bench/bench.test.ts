import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { readArguments } from '../../bench/arguments.ts'
import { figuresOf } from '../../bench/figures.ts'
import { goalsOf } from '../../bench/goals.ts'
import type { Side } from '../../bench/side.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { urlOf } from '../support/database-url.ts'

let database: FreshDatabase
let directory: string
beforeAll(async () => {
  database = await freshDatabase()
  directory = mkdtempSync(join(tmpdir(), 'carryout-bench-test-'))
})
afterAll(async () => {
  rmSync(directory, { recursive: true, force: true })
  await database.drop()
})

test('compares the sides on one table by TLS and in plain text, skips what is not there, and keeps the figures', async () => {
  const summary = join(directory, 'summary.json')
  const only = ['carryout', 'outfile', 'databaseClient', 'limit', 'carryoutTwoRanges', 'usualNode']
  const options = ['--rows', '3000', '--runs', '1', '--only', only.join(','), '--client', '/no/such/client']
  const { stdout } = await bench(...options, '--no-download', '--json', summary, '--results', directory)
  expect(stdout).toMatch(/^\| carryout \| .* \| [\d,]+ \| .* \| [\d,]+ \|/m)
  expect(stdout).toMatch(/^\| usualNode \| .* \| [\d.]+× usualNode \| .* \| [\d.]+× usualNode \|/m)
  expect(stdout).toMatch(/^\| rows\/s ÷ usual Node \| ≥ 6 \| [\d.]+ \| [\d.]+ \| (yes|no) \|$/m)
  expect(stdout).toContain('databaseClient was skipped: /no/such/client is not a mariadb or mysql that runs here')
  expect(stdout).toContain('outfile was skipped: only the benchmark’s own server may write a file')

  const speed = expect.any(Number)
  const skipped = { databaseClient: null, python: null, cClient: null, outfile: null, mydumper: null }
  const figures = {
    rowsPerSecond: { carryout: speed, usualNode: speed, limit: speed, ...skipped },
    ratios: { usualNode: speed, limit: speed, ...skipped },
    peakRssMB: expect.any(Number),
    cpuSecondsPerMillionRows: expect.any(Number),
    startCpuSeconds: expect.any(Number),
  }
  const measured = { rows: 3000, ...figures, tls: figures, coldImport: null, emptyExport: null }
  expect(read(summary)).toEqual({ ...measured, goals: expect.any(Array) })
  const ran = ['carryout', 'limit', 'carryoutTwoRanges', 'usualNode'].map((name) => [name, 3000])
  const results = read(join(directory, 'results.json'))
  for (const transport of ['tls', 'plain']) {
    const found = results.figures[transport] as { name: string; runs: { rows: number }[] }[]
    expect(found.map(({ name, runs }) => [name, runs[0]?.rows])).toEqual(ran)
  }
  const picture = readFileSync(join(directory, 'rows-per-second.svg'), 'utf8')
  expect(picture).toContain('as deployed (TLS)')
  expect(picture).toContain('>usualNode</text>')
}, 180_000)

test.each([
  [['--only', 'carryout,fastest'], '--only: unknown side: fastest. Choose from carryout, cClient,'],
  [['--rows', 'many'], '--rows must be a whole number of at least 1, not “many”'],
  [['--row', '5'], "Unknown option '--row'"],
  [['--transport', 'tsl'], '--transport must be tls, plain or both, not “tsl”'],
  [['--json', 'test'], '--json: test is a directory'],
  [['--results', 'package.json/results'], '--results: ENOTDIR'],
])('refuses %j and says why', (args, reason) => {
  expect(() => readArguments(args)).toThrow(reason)
})

test('ends with the reason and the usage if its arguments are not valid', async () => {
  const refused = expect.stringMatching(/^--rows must be [^\n]+\n\nUsage: npm run bench/)
  await expect(bench('--rows', 'many')).rejects.toMatchObject({ code: 2, stderr: refused })
})

test('the memory benchmark refuses an unknown format and says why', async () => {
  const refused = expect.stringMatching(
    /^--formats: there is no toString; there are csv,[^\n]+\n\nUsage: node bench\/memory.ts/,
  )
  await expect(run('bench/memory.ts', ['--formats', 'toString'])).rejects.toMatchObject({ code: 2, stderr: refused })
})

test('separates the processor time of a run from that of a row', () => {
  const side: Side = { name: 'carryout', what: '', obstacle: async () => null, run: () => Promise.reject() }
  const outcome = (rows: number, cpuSeconds: number) => ({ rows, cpuSeconds, seconds: 1 })
  const runs = { runs: [outcome(2e6, 3.5)], small: [outcome(2e5, 1.25)] }
  const [figure] = figuresOf(new Map([[side, runs]]))
  expect(figure).toMatchObject({ cpuSecondsPerMillionRows: 1.25, startCpuSeconds: 1 })
})

test('a goal is met only if it is met with every measured transport', () => {
  const peer = (ratio: number) => [{ name: 'cClient', comparison: { ratio, of: 'cClient' } }]
  const holds = (tls: number, plain: number) => {
    const figures = { tls: peer(tls), plain: peer(plain) } as never
    return goalsOf({ figures, coldStart: null, emptyExport: null, demo: null })[0]!.holds
  }
  expect([holds(0.8, 0.9), holds(0.79, 0.9), holds(0.9, 0.7)]).toEqual([true, false, false])
})

test('leaves nothing behind after Ctrl-C', async () => {
  const temporary = mkdtempSync(join(directory, 'temporary-'))
  const args = ['bench/main.ts', '--rows', '3000', '--runs', '1000', '--only', 'carryout', '--results', directory]
  const child = spawn(process.execPath, args, { env: { ...environment(), TMPDIR: temporary } })
  const ended = once(child, 'close')
  let said = ''
  child.stderr.setEncoding('utf8')
  for await (const text of child.stderr) {
    said += text
    if (!said.includes('run 1 of 1000') || child.killed) continue
    expect(readdirSync(temporary)).not.toEqual([])
    child.kill('SIGINT')
  }
  expect((await ended)[0]).toBe(130)
  expect(said).toContain('Stopping …')
  expect(readdirSync(temporary)).toEqual([])
})

function bench(...args: string[]) {
  return run('bench/main.ts', args)
}

function run(script: string, args: string[]) {
  return promisify(execFile)(process.execPath, [script, ...args], { env: environment() })
}

function environment() {
  return { ...process.env, DATABASE_URL: urlOf(database, directory) }
}

function read(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
