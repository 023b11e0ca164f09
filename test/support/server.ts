/** The database server of one test run: DATABASE_URL's, else a throwaway in a temporary directory. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Database, openDatabase } from '../../local/database/database.ts'
import { endServer } from '../../local/database/leftover.ts'
import { placesIn } from '../../local/database/server.ts'

export type DatabaseFacts = Omit<Database, 'stop'>

export interface TestServer {
  facts: DatabaseFacts
  stop(): Promise<void>
}

const PREFIX = 'carryout-test-'

export async function startTestServer(): Promise<TestServer> {
  await sweep()
  const stateDirectory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const { stop, ...facts } = await openDatabase({
    stateDirectory,
    database: `carryout_test_${process.pid}`,
    databaseUrl: process.env.DATABASE_URL,
  })
  return {
    facts,
    async stop() {
      await stop()
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
}

/** Ends the servers of test runs that were killed, and removes what they left. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const { directory, data, pidFile } = placesIn(join(tmpdir(), name, 'database'))
    const server = await readFile(pidFile, 'utf8').catch(() => undefined)
    if (server !== undefined) await endServer(Number(server), data)
    await rm(join(directory, '..'), { recursive: true, force: true }).catch(() => undefined) // Another user's.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
