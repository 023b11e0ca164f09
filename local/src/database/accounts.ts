/** Who may do what on a server of our own: one account fills it, the other, which the functions get, only reads. */
import { randomBytes } from 'node:crypto'
import { escapeId } from 'mysql2'
import type { Connection } from 'mysql2/promise'

export interface Account {
  username: string
  password: string
}

export interface Accounts {
  /** May do everything: fills the sample shop, creates schemas. */
  admin: Account
  /** May SELECT from the schemas it was granted, no more. Killing its own queries takes no privilege. */
  exporter: Account
}

export function newAccounts(): Accounts {
  return { admin: newAccount('carryout_admin'), exporter: newAccount('carryout_exporter') }
}

/** Base64url has no character that SQL or a URL would need escaped. */
function newAccount(username: string): Account {
  return { username, password: randomBytes(24).toString('base64url') }
}

/**
 * What the server runs before it takes connections (`--init-file`: one statement a line, all privileges), so that
 * there is no moment with an account without a password. MariaDB and MySQL understand it alike.
 */
export function accountStatements({ admin, exporter }: Accounts): string {
  const lines = [`DROP USER IF EXISTS 'root'@'localhost';`]
  for (const { username, password } of [admin, exporter]) {
    lines.push(`CREATE USER IF NOT EXISTS '${username}'@'127.0.0.1' IDENTIFIED BY '${password}';`)
    lines.push(`ALTER USER '${username}'@'127.0.0.1' IDENTIFIED BY '${password}';`)
  }
  lines.push(`GRANT ALL PRIVILEGES ON *.* TO '${admin.username}'@'127.0.0.1' WITH GRANT OPTION;`)
  return `${lines.join('\n')}\n`
}

/** Creates the schema where it is missing. */
export async function createSchema(connection: Connection, schema: string): Promise<void> {
  await connection.query(
    `CREATE DATABASE IF NOT EXISTS ${escapeId(schema, true)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  )
}

/** Lets the exporter read one schema. `_` and `%` are wildcards in a GRANT, even inside backquotes. */
export async function grantReading(connection: Connection, schema: string, { username }: Account): Promise<void> {
  const pattern = escapeId(schema.replaceAll(/[\\_%]/g, '\\$&'), true)
  await connection.query(`GRANT SELECT ON ${pattern}.* TO ?@'127.0.0.1'`, [username])
}
