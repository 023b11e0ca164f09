/** Databases for tests: one server of each product for the whole run, a schema of its own for each test that asks. */
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection, escapeId } from 'mysql2/promise'
import { type Account, createSchema, grantReading } from '../../local/src/database/accounts.ts'
import type { DatabaseFacts } from './server.ts'

export interface FreshDatabase extends DatabaseFacts {
  /** `admin`'s access as mysql2 and `fillShop` take it. */
  connection: { host: string; port: number; user: string; password: string; database: string }
  /** A new connection as `admin`, or as `exporter`, to the schema; to be ended by the caller. */
  connect(account?: Account): Promise<Connection>
  drop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

declare global {
  /** Of the project that runs, in jest.config.mjs; `given` for the server of CARRYOUT_TEST_DATABASE_URL. */
  var carryoutTestProduct: string
  /** Whether the run has the same suites on another product, too. */
  var carryoutTestIsFurther: boolean | undefined
}

/** Of the runs and rows of a test whose number is only for thoroughness: a further product has each case, but fewer of them. */
export const SHARE = globalThis.carryoutTestIsFurther ? 0.2 : 1

/** For tests within a suite of several products whose outcome hangs on none of them: a further product does not have them. */
export function describeOnce(name: string, suite: () => void): void {
  if (!globalThis.carryoutTestIsFurther) describe(name, suite)
}

/**
 * What a suite runs on that names the product itself. Each product is a project of its own in jest.config.mjs, whose list
 * such a suite must be on.
 */
export const PRODUCTS = [globalThis.carryoutTestProduct]

/** The run's server of this product, started when the first test asks for it; `setup.ts` keeps it. */
async function server(product: string): Promise<DatabaseFacts> {
  const desk = process.env.CARRYOUT_TEST_DESK
  if (!desk) throw new Error('Run the tests with `npm run test:jest`: its global setup provides the database')
  const response = await fetch(new URL(product, desk))
  const body = await response.text()
  if (!response.ok) throw new Error(body)
  return JSON.parse(body) as DatabaseFacts
}

/**
 * Creates an empty schema with a name of its own, which the exporter may read.
 *
 * @param product `mysql`, `mariadb`, or one with a version (`mariadb-11`); by default that of the running project.
 */
export async function freshDatabase(product = globalThis.carryoutTestProduct): Promise<FreshDatabase> {
  const facts = await server(product)
  const database = `carryout_test_${randomBytes(6).toString('hex')}`
  const { host, port } = facts
  const optionsFor = ({ username, password }: Account) => ({ host, port, user: username, password })
  const asAdmin = async (work: (connection: Connection) => Promise<unknown>) => {
    const connection = await createConnection(optionsFor(facts.admin))
    try {
      await work(connection)
    } finally {
      await connection.end()
    }
  }
  await asAdmin(async (connection) => {
    await createSchema(connection, database)
    if (facts.kind === 'throwaway') await grantReading(connection, database, facts.exporter)
  })
  const drop = () => asAdmin((connection) => connection.query(`DROP DATABASE IF EXISTS ${escapeId(database, true)}`))
  return {
    ...facts,
    database,
    connection: { ...optionsFor(facts.admin), database },
    connect: (account = facts.admin) => createConnection({ ...optionsFor(account), database }),
    drop,
    [Symbol.asyncDispose]: drop,
  }
}
