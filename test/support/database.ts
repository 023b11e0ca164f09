/** Databases for tests: one server per product for the whole run, and a separate schema for each test that asks for one. */
import { randomBytes } from 'node:crypto'
import { type Connection, createConnection, escapeId } from 'mysql2/promise'
import { type Account, createSchema, grantReading } from '../../local/src/database/accounts.ts'
import type { DatabaseFacts } from './server.ts'

export interface FreshDatabase extends DatabaseFacts {
  /** Access as `admin`, in the form of mysql2 and `fillShop`. */
  connection: { host: string; port: number; user: string; password: string; database: string }
  /** Opens a connection to the schema as `admin` or `exporter`. The caller must end it. */
  connect(account?: Account): Promise<Connection>
  drop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

declare global {
  /** Product of the current project in jest.config.mjs; `given` for the server of CARRYOUT_TEST_DATABASE_URL. */
  var carryoutTestProduct: string
  /** Whether the same suites also run on another product in this run. */
  var carryoutTestIsFurther: boolean | undefined
}

/** Factor for numbers of runs and rows that only add thoroughness. Further products run each case, but fewer times. */
export const SHARE = globalThis.carryoutTestIsFurther ? 0.2 : 1

/** `describe` for tests that do not depend on the product. Further products skip them. */
export function describeOnce(name: string, suite: () => void): void {
  if (!globalThis.carryoutTestIsFurther) describe(name, suite)
}

/**
 * Products for suites with a test per product. Each product is a separate project in jest.config.mjs, and such a suite must be on
 * the project's list.
 */
export const PRODUCTS = [globalThis.carryoutTestProduct]

/** The run's server of this product, which starts when the first test asks for it; `setup.ts` keeps it. */
async function server(product: string): Promise<DatabaseFacts> {
  const desk = process.env.CARRYOUT_TEST_DESK
  if (!desk) throw new Error('Run the tests with `npm run test:jest`: its global setup provides the database')
  const response = await fetch(new URL(product, desk))
  const body = await response.text()
  if (!response.ok) throw new Error(body)
  return JSON.parse(body) as DatabaseFacts
}

/**
 * Creates an empty schema with a unique name, which the exporter may read.
 *
 * @param product `mysql`, `mariadb`, or one with a version (`mariadb-11`); by default that of the running project.
 * @param options.ownAccount whether the exporter is an account of this schema alone, for tests of what an account may do: other
 *   tests grant the shared one more
 */
export async function freshDatabase(
  product = globalThis.carryoutTestProduct,
  { ownAccount = false } = {},
): Promise<FreshDatabase> {
  const facts = await server(product)
  const id = randomBytes(6).toString('hex')
  const database = `carryout_test_${id}`
  const own = ownAccount && facts.kind === 'throwaway'
  const exporter = own
    ? { username: `exporter_${id}`, password: randomBytes(24).toString('base64url') }
    : facts.exporter
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
    if (own) await connection.query(`CREATE USER ?@'127.0.0.1' IDENTIFIED BY ?`, [exporter.username, exporter.password])
    if (facts.kind === 'throwaway') await grantReading(connection, database, exporter)
  })
  const drop = () =>
    asAdmin(async (connection) => {
      await connection.query(`DROP DATABASE IF EXISTS ${escapeId(database, true)}`)
      if (own) await connection.query(`DROP USER IF EXISTS ?@'127.0.0.1'`, [exporter.username])
    })
  return {
    ...facts,
    exporter,
    database,
    connection: { ...optionsFor(facts.admin), database },
    connect: (account = facts.admin) => createConnection({ ...optionsFor(account), database }),
    drop,
    [Symbol.asyncDispose]: drop,
  }
}
