/** Makes a DATABASE_URL for a test's database. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FreshDatabase } from './database.ts'

/**
 * The URL demands TLS and verification of the certificate if the server offers it.
 *
 * @param directory directory for the authority's certificate
 */
export function urlOf({ connection, authority }: FreshDatabase, directory: string): string {
  const { host, port, user, password, database } = connection
  const account = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  if (authority === undefined) return `mysql://${account}@${host}:${port}/${database}`
  const file = join(directory, 'database-authority.pem')
  writeFileSync(file, authority)
  // The certificate is for the name localhost.
  return `mysql://${account}@localhost:${port}/${database}?ssl-mode=VERIFY_IDENTITY&ssl-ca=${encodeURIComponent(file)}`
}
