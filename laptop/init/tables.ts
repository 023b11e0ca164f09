/** The user's own tables, with what an export needs to know of them. */

import { parseDatabaseUrl, reachExternal } from '@carryout/local'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'
import { InitFailed } from './init-failed.ts'

export interface Table {
  name: string
  /** The server's estimate. */
  rows: number
  /** The columns of its primary key; empty if there is none. */
  primaryKey: readonly string[]
}

export interface ChosenTable extends Table {
  columns: readonly string[]
  /** The server's reserved words in capitals; undefined if unknown. */
  reserved: ReadonlySet<string> | undefined
}

/** @throws DatabaseUnusable, InitFailed */
export async function withTables<T>(
  databaseUrl: string,
  work: (tables: readonly Table[], open: (table: Table) => Promise<ChosenTable>, schema: string) => Promise<T>,
): Promise<T> {
  const target = parseDatabaseUrl(databaseUrl)
  const { host, port, username: user, password, database, tls } = target
  if (database === undefined) {
    throw new InitFailed('DATABASE_URL has no database. It must look like mysql://user:password@127.0.0.1:3306/shop')
  }
  await reachExternal(target, database, { mayCreate: false })
  const connection = await createConnection({ host, port, user, password, database, ...(tls && { ssl: tls.ssl }) })
  try {
    return await work(await listTables(connection), (table) => describe(connection, table), database)
  } finally {
    await connection.end()
  }
}

async function listTables(connection: Connection): Promise<Table[]> {
  const rows = await ask<{ name: string; rows: string | number | null }>(
    connection,
    `SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\` FROM information_schema.TABLES
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY TABLE_NAME`,
  )
  const keys = await ask<{ name: string; part: string }>(
    connection,
    `SELECT TABLE_NAME AS name, COLUMN_NAME AS part FROM information_schema.KEY_COLUMN_USAGE
     WHERE TABLE_SCHEMA = DATABASE() AND CONSTRAINT_NAME = 'PRIMARY' ORDER BY TABLE_NAME, ORDINAL_POSITION`,
  )
  return rows.map((table) => ({
    name: table.name,
    rows: Number(table.rows ?? 0),
    primaryKey: keys.filter(({ name }) => name === table.name).map(({ part }) => part),
  }))
}

async function describe(connection: Connection, table: Table): Promise<ChosenTable> {
  const columns = await ask<{ name: string }>(
    connection,
    `SELECT COLUMN_NAME AS name FROM information_schema.COLUMNS
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
    [table.name],
  )
  return { ...table, columns: columns.map(({ name }) => name), reserved: await reservedWords(connection) }
}

/** Returns the reserved words; MariaDB's list does not say which words are reserved. */
async function reservedWords(connection: Connection): Promise<ReadonlySet<string> | undefined> {
  const words = (where: string) =>
    ask<{ word: string }>(connection, `SELECT WORD AS word FROM information_schema.KEYWORDS${where}`)
  const listed = await words(' WHERE RESERVED = 1')
    .catch(() => words(''))
    .catch(() => undefined)
  return listed && new Set(listed.map(({ word }) => word.toUpperCase()))
}

async function ask<Row>(connection: Connection, statement: string, values: string[] = []): Promise<Row[]> {
  const [rows] = await connection.query<RowDataPacket[]>(statement, values)
  return rows as Row[]
}
