import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

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

test('compares the sides on one table, skips what is not there, and keeps the figures', async () => {
  const summary = join(directory, 'summary.json')
  const only = 'carryout,databaseClient,usualNode,limit,carryoutRow,carryoutXlsx,exceljs'
  const options = ['--rows', '3000', '--runs', '1', '--only', only, '--client', '/no/such/client']
  const { stdout } = await bench(...options, '--json', summary, '--results', directory)
  expect(stdout).toMatch(/^\| carryout \| .* \| [\d,]+ \|/m)
  expect(stdout).toMatch(/^\| exceljs \| .* \| [\d.]+× exceljs \|/m)
  expect(stdout).toMatch(/^\| carryoutRow \| .* \| [\d.]+× carryout \|/m)
  expect(stdout).toContain('databaseClient was skipped: /no/such/client is no mariadb or mysql that runs here')

  const speed = expect.any(Number)
  expect(read(summary)).toEqual({
    rows: 3000,
    rowsPerSecond: { carryout: speed, databaseClient: null, usualNode: speed, python: null, limit: speed },
    ratios: { databaseClient: null, usualNode: speed, python: null, limit: speed },
    peakRssMB: expect.any(Number),
  })
  const { figures } = read(join(directory, 'results.json'))
  expect(figures.map(({ name, runs }: { name: string; runs: { rows: number }[] }) => [name, runs[0]?.rows])).toEqual(
    ['carryout', 'limit', 'carryoutRow', 'carryoutXlsx', 'usualNode', 'exceljs'].map((name) => [name, 3000]),
  )
  expect(readFileSync(join(directory, 'rows-per-second.svg'), 'utf8')).toContain('>usualNode</text>')
}, 180_000)

test.each([
  [['--only', 'carryout,fastest'], '--only: there is no side fastest; there are carryout, databaseClient,'],
  [['--rows', 'many'], '--rows must be a whole number of at least 1, not “many”'],
  [['--row', '5'], "Unknown option '--row'"],
  [['--json', 'test'], '--json: test is a directory'],
  [['--results', 'package.json/results'], '--results: ENOTDIR'],
  [['--only', 'emptyExport', '--json', 'x.json'], '--json is for sides, of which --only names none'],
])('refuses %j and says why', async (args, reason) => {
  await expect(bench(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
})

test('a program that is no database client is not measured', async () => {
  const options = ['--rows', '10', '--runs', '1', '--only', 'databaseClient', '--results', directory]
  const { stdout } = await bench(...options, '--client', process.execPath)
  expect(stdout).toContain('is no mariadb or mysql that runs here')
}, 60_000)

test.each([
  [['--formats', 'toString'], '--formats: there is no toString; there are csv,'],
  [['0'], 'The number of rows must be a whole number of at least 1, not “0”'],
  [['--nope'], "Unknown option '--nope'"],
])('the measurement of memory refuses %j and says why', async (args, reason) => {
  const refused = expect.stringMatching(/^[^\n]+\n\nUsage: node bench\/memory.ts/)
  const outcome = run('bench/memory.ts', args)
  await expect(outcome).rejects.toMatchObject({ code: 2, stderr: refused })
  await expect(outcome).rejects.toMatchObject({ stderr: expect.stringContaining(reason) })
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
}, 60_000)

function bench(...args: string[]) {
  return run('bench/main.ts', args)
}

function run(script: string, args: string[]) {
  return promisify(execFile)(process.execPath, [script, ...args], { env: environment() })
}

function environment() {
  const { host, port, user, password, database: schema } = database.connection
  const url = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${schema}`
  return { ...process.env, DATABASE_URL: url }
}

function read(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
