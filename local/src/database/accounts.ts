/** The accounts of a throwaway server: one fills it, and the functions get the other, which can only read. */
import { randomBytes } from 'node:crypto'
import { escapeId } from 'mysql2'
import type { Connection } from 'mysql2/promise'

export interface Account {
  username: string
  password: string
}

export interface Accounts {
  /** Has all privileges: fills the sample shop and creates schemas. */
  admin: Account
  /** May SELECT from the schemas that it was granted, and nothing else. Killing its own queries needs no privilege. */
  exporter: Account
}

export function newAccounts(): Accounts {
  return { admin: newAccount('carryout_admin'), exporter: newAccount('carryout_exporter') }
}

/** Base64url needs no escaping in SQL or a URL. */
function newAccount(username: string): Account {
  return { username, password: randomBytes(24).toString('base64url') }
}

/**
 * SQL that the server runs before it accepts connections (`--init-file`: one statement per line, with all privileges),
 * so that there is never an account without a password. MariaDB and MySQL both understand it.
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

/** Creates the schema if it does not exist. */
export async function createSchema(connection: Connection, schema: string): Promise<void> {
  await connection.query(
    `CREATE DATABASE IF NOT EXISTS ${escapeId(schema, true)} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  )
}

/** Allows the exporter to read one schema. `_` and `%` are wildcards in a GRANT, even inside backquotes. */
export async function grantReading(connection: Connection, schema: string, { username }: Account): Promise<void> {
  const pattern = escapeId(schema.replaceAll(/[\\_%]/g, '\\$&'), true)
  await connection.query(`GRANT SELECT ON ${pattern}.* TO ?@'127.0.0.1'`, [username])
}
