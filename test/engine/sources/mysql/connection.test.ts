import { openConnection } from '../../../../engine/sources/mysql/connection.ts'
import { type FreshDatabase, freshDatabase } from '../../../support/database.ts'

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.drop())

test('a text has one statement', async () => {
  const { host, port, exporter } = database
  const { username: user, password } = exporter
  const address = { host, port, user, password, database: database.database, tls: 'off' } as const
  const { connection } = await openConnection(address, address)
  const failed = await new Promise<{ code?: string } | null>((resolve) => connection.query('DO 1; DO 2', resolve))
  expect(failed?.code).toBe('ER_PARSE_ERROR')
  connection.destroy()
})
