import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
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
  expect(stdout).toContain('databaseClient was skipped: /no/such/client does not run here')

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
])('refuses %j and says why', async (args, reason) => {
  await expect(bench(...args)).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining(reason) })
})

function bench(...args: string[]) {
  const { host, port, user, password, database: schema } = database.connection
  const url = `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${schema}`
  return promisify(execFile)(process.execPath, ['bench/main.ts', ...args], {
    env: { ...process.env, DATABASE_URL: url },
  })
}

function read(file: string) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
