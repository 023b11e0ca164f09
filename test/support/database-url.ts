/** What names a test's database to a program that takes DATABASE_URL. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FreshDatabase } from './database.ts'

/**
 * By TLS, its certificate verified, where the server offers that.
 *
 * @param directory where the authority's file is written
 */
export function urlOf({ connection, authority }: FreshDatabase, directory: string): string {
  const { host, port, user, password, database } = connection
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  if (authority === undefined) return `mysql://${account}@${host}:${port}/${database}`
  const file = join(directory, 'database-authority.pem')
  writeFileSync(file, authority)
  // The certificate is for this name.
  return `mysql://${account}@localhost:${port}/${database}?ssl-mode=VERIFY_IDENTITY&ssl-ca=${encodeURIComponent(file)}`
}
