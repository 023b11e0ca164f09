/** `npm run simulate` as a command. test/pipeline/simulation.test.ts compares its figures with a real export. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

test('prints what a billion rows take', async () => {
  const { stdout } = await run('--rows', '1e9', '--path', 'otherZone', '--json')
  const said = JSON.parse(stdout)
  expect(said).toMatchObject({ chunks: 3, fileBytes: 185e9, rowBytes: 180e9 })
  expect(said.events).toBeLessThan(100)
  expect(said.documentBytes).toBeLessThan(4096)
  // A part holds 8 MiB at first and 69 MiB at 100 GB.
  expect(said.storage.writes).toBeGreaterThan(3_000)
  expect(said.storage.writes).toBeLessThan(20_000)
  expect(said.cost['rows from another zone']).toBeCloseTo(180 * 0.02)
  const all = Object.values<number>(said.cost).reduce((sum, each) => sum + each)
  expect(said.dollars).toBeCloseTo(all)
}, 120_000)

test.each([
  [['--rows', '1e10', '--format', 'xlsx'], 1, 'xlsx cannot be continued: choose csv, or narrow the request'],
  [['--rows', 'ten'], 2, '--rows must be a number of at least 0, not “ten”'],
  [['--rows', '1', '--days', '1'], 2, '--rows and --days are two ways to say one thing'],
  [['--path', 'carrier-pigeon'], 2, '--path must be one of server, otherZone, dataApi, not “carrier-pigeon”'],
])('refuses %j and says why', async (args, code, reason) => {
  const failed = await run(...args).catch((error: { code: number; stderr: string }) => error)
  expect(failed).toMatchObject({ code, stderr: expect.stringContaining(reason) })
})

function run(...args: string[]) {
  return promisify(execFile)(process.execPath, ['bench/simulate/main.ts', ...args])
}
