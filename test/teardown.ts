/**
 * After the whole run: stops the database servers that tests had started, and compares the rights that the stack grants
 * with those that were used. A part of the tests uses a part of them, so there only what was missing fails the run.
 */
import type { Config } from 'jest'
import { closeRights } from './support/rights.ts'

export default async function teardown(config: Config & { testPathPatterns?: { patterns: string[] } }): Promise<void> {
  await stopServers()
  const wholeRun = config.testPathPatterns?.patterns.length === 0 && !config.onlyChanged && !config.testNamePattern
  const problems = closeRights().filter((problem) => wholeRun || problem.endsWith('is not granted.'))
  if (problems.length > 0) throw new Error(`The stack's rights are not those that it uses:\n${problems.join('\n')}`)
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
