/**
 * After the whole run: stops the database servers that tests had started, and compares the rights that the stack grants
 * with those that were used. What was missing fails the run; what was granted in vain is listed after a whole run.
 */
import type { Config } from 'jest'
import { closeRights } from './support/rights.ts'

export default async function teardown(config: Config & { testPathPatterns?: { patterns: string[] } }): Promise<void> {
  await stopServers()
  const wholeRun = config.testPathPatterns?.patterns.length === 0 && !config.onlyChanged && !config.testNamePattern
  const problems = closeRights()
  const unused = problems.filter((problem) => !problem.endsWith('is not granted.'))
  // Rights that only a rare fault uses are no failure of the run, but somebody should look at them.
  if (wholeRun && unused.length > 0)
    process.stderr.write(`\nRights that no test has used:\n${unused.map((line) => `  ${line}\n`).join('')}`)
  const missing = problems.filter((problem) => problem.endsWith('is not granted.'))
  if (missing.length > 0) throw new Error(`The stack's functions need rights that they lack:\n${missing.join('\n')}`)
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
