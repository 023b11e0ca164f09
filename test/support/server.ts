/** The database servers of a test run: the one of CARRYOUT_TEST_DATABASE_URL, or else throwaways in temporary directories. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { fits, parseChoice } from '../../local/src/database/choice.ts'
import { type Database, openDatabase } from '../../local/src/database/database.ts'
import { endServer } from '../../local/src/database/leftover.ts'
import { installedPrograms } from '../../local/src/database/program.ts'
import { placesIn } from '../../local/src/database/server.ts'
import { unpackedProgram, unpackedRoots } from '../../local/src/database/unpack.ts'
import { newAuthority } from './certificates.ts'

export type DatabaseFacts = Omit<Database, 'stop'> & {
  /** PEM of the authority of the server's certificate, which is for `localhost`; absent for an external server. */
  authority?: string
}

export interface TestServer {
  facts: DatabaseFacts
  /** State directory of the server. */
  directory: string
  stop(): Promise<void>
}

const PREFIX = 'carryout-test-'
/** Options without durability, because the rows are not needed after the run. */
const NOT_DURABLE = ['--innodb-flush-log-at-trx-commit=0', '--innodb-doublewrite=OFF', '--innodb-flush-method=nosync']
let swept: Promise<void> | undefined

/** @param product as in CARRYOUT_DATABASE, such as `mysql` or `mariadb-11` */
export async function startTestServer(product: string): Promise<TestServer> {
  swept ??= sweep()
  await swept
  const stateDirectory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  const ours = `carryout_test_${process.pid}`
  const { certificate: authority, sign } = newAuthority()
  const identity = sign('localhost')
  const file = (name: string) => join(stateDirectory, name)
  await writeFile(file('ca.pem'), authority)
  await writeFile(file('server.pem'), identity.certificate)
  await writeFile(file('server-key.pem'), identity.key, { mode: 0o600 })
  const { stop, ...facts } = await openDatabase({
    stateDirectory,
    database: ours,
    databaseUrl: process.env.CARRYOUT_TEST_DATABASE_URL,
    product,
    serverArguments: [
      `--ssl-ca=${file('ca.pem')}`,
      `--ssl-cert=${file('server.pem')}`,
      `--ssl-key=${file('server-key.pem')}`,
      ...NOT_DURABLE,
    ],
  })
  return {
    facts: facts.kind === 'throwaway' ? { ...facts, authority } : facts,
    directory: stateDirectory,
    async stop() {
      // On an external server, only the schema that this run created is removed.
      if (facts.kind === 'external' && facts.database === ours) await dropSchema(facts)
      await stop()
      await rm(stateDirectory, { recursive: true, force: true })
    },
  }
}

async function dropSchema({ host, port, admin, database }: DatabaseFacts): Promise<void> {
  const connection = await createConnection({ host, port, user: admin.username, password: admin.password })
  await connection.query(`DROP DATABASE IF EXISTS ${database}`)
  await connection.end()
}

/** Unpacks servers that are missing on this machine before the tests, because it can take longer than a test's timeout. */
export async function unpackServers(products: readonly string[]): Promise<void> {
  const installed = await installedPrograms()
  for (const choice of products.map(parseChoice)) {
    const options = { stateDirectory: tmpdir(), choice, onProgress: (line: string) => console.error(line) }
    const isThere = installed.some((program) => fits(choice, program)) || (await unpackedRoots(options)).length > 0
    // If a server cannot be unpacked, the tests that need it report why.
    if (!isThere) await unpackedProgram(options).catch(() => undefined)
  }
}

/** Ends the servers of killed test runs, and removes their directories. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (pid === undefined || isAlive(Number(pid))) continue
    const { directory, data, pidFile } = placesIn(join(tmpdir(), name, 'database'))
    const server = await readFile(pidFile, 'utf8').catch(() => undefined)
    if (server !== undefined) await endServer(Number(server), data)
    await rm(join(directory, '..'), { recursive: true, force: true }).catch(() => undefined) // It may belong to another user.
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
