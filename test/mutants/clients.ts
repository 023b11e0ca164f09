/** Mutants of the client, the command and the construct. */
import type { Mutant } from './mutant.ts'

export const clientMutants: Mutant[] = [
  {
    name: 'a-redrive-keeps-the-last-failure',
    file: 'client/progress.ts',
    from: "{ status: 'RUNNING', stoppedAt: null, failure: null })",
    to: "{ status: 'RUNNING', stoppedAt: null })",
    guarantee: 7,
    suites: ['test/client/progress.test.ts', 'test/client/carryout.test.ts'],
  },
  {
    name: 'redrives-are-not-counted',
    file: 'client/progress.ts',
    from: 'event.executionRedrivenEventDetails?.redriveCount ?? progress.redriveCount + 1',
    to: 'progress.redriveCount',
    guarantee: 7,
    suites: ['test/client/progress.test.ts', 'test/client/carryout.test.ts'],
  },
  {
    name: 'no-alarm-for-false-links',
    file: 'cdk/alarms.ts',
    from: "forged: ownMetric(prefix, METRICS.forgedLinks, 'Sum'),",
    to: "forged: ownMetric(prefix, METRICS.openedLinks, 'Sum'),",
    guarantee: 8,
    suites: ['test/cdk/alarms.test.ts'],
  },
  {
    name: 'two-queries-at-once',
    file: 'cdk/state-functions.ts',
    from: 'reservedConcurrency: settings.maxConcurrentQueries,',
    to: 'reservedConcurrency: settings.maxConcurrentQueries + 1,',
    guarantee: 2,
    suites: ['test/cdk/functions.test.ts', 'test/cdk/carryout.test.ts'],
  },
  {
    name: 'a-wait-ends-with-the-failure-before-the-redrive',
    file: 'client/follow.ts',
    from: 'if (progress.stoppedAt && progress.redriveCount >= redriveCount) return',
    to: 'if (progress.stoppedAt) return',
    guarantee: 7,
    suites: ['test/cli/wait.test.ts'],
  },
  {
    name: 'a-stopped-execution-exits-as-done',
    file: 'cli/wait.ts',
    from: "return progress.status === 'SUCCEEDED' ? exit.DONE : exit.FAILED",
    to: "return progress.status !== 'FAILED' ? exit.DONE : exit.FAILED",
    guarantee: 7,
    suites: ['test/cli/wait.test.ts'],
  },
]
