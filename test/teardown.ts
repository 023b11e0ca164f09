/**
 * After the whole run: stops the database servers that tests had started, and compares the rights that the stack grants
 * with those that were used. What was missing fails the run, and after a whole one what was granted in vain, too.
 */
import { closeRights } from './support/rights.ts'

/** As far as it says what ran. */
interface GlobalConfig {
  testPathPatterns?: { patterns: string[] }
  onlyChanged?: boolean
  testNamePattern?: string
  shard?: unknown
}

export default async function teardown(config: GlobalConfig): Promise<void> {
  await stopServers()
  const problems = closeRights()
  const differences = isWhole(config) ? problems : problems.filter((problem) => problem.endsWith('is not granted.'))
  if (differences.length === 0) return
  throw new Error(`The rights of the stack’s functions differ from what they use:\n${differences.join('\n')}`)
}

/** Whether every suite ran, so that a right that was not used is not needed. */
function isWhole({ testPathPatterns, onlyChanged, testNamePattern, shard }: GlobalConfig): boolean {
  const isOfSome = process.argv.some((argument) => argument.startsWith('--selectProjects'))
  const isCut = isOfSome || onlyChanged || testNamePattern || shard || process.env.CARRYOUT_TEST_DATABASE_URL
  return !isCut && testPathPatterns?.patterns.length === 0
}

async function stopServers() {
  const desk = globalThis.carryoutTestDesk
  if (!desk) return
  desk.listener.close()
  desk.listener.closeAllConnections()
  const stops = [...desk.servers.values()].map((server) =>
    server.then(
      ({ stop }) => stop(),
      () => undefined, // It never started: the tests that asked for it have failed with the reason.
    ),
  )
  await Promise.all(stops)
}
