/** Fills the throwaway database of a local cloud from a SQL file, once for each content of the file. */
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cloud } from '@carryout/local'
import { type Connection, createConnection, escapeId, type RowDataPacket } from 'mysql2/promise'

/** The database cannot be filled; the message says why. */
export class SeedFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SeedFailed'
  }
}

/** Checks the file before anything is made. @throws SeedFailed */
export function checkSeed(file: string): void {
  const advice = 'Set --seed to a SQL file.'
  let isFolder: boolean
  try {
    isFolder = statSync(file).isDirectory()
    accessSync(file, constants.R_OK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const fault = code === 'ENOENT' ? `There is no file ${file}.` : `${file} cannot be read (${code}).`
    throw new SeedFailed(`${fault} ${advice}`, { cause: error })
  }
  if (isFolder) throw new SeedFailed(`${file} is a folder. ${advice}`)
}

/**
 * Empties the schema and fills it, unless it was already filled from the same content.
 *
 * @returns whether it was filled now
 * @throws SeedFailed with the server's message
 */
export async function seedDatabase({ stateDirectory, database }: Cloud, file: string): Promise<boolean> {
  const sql = readFileSync(file, 'utf8')
  const hash = createHash('sha256').update(sql).digest('hex')
  const stamp = join(stateDirectory, 'seed.sha256')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return false
  const { host, port, admin } = database
  const connection = await createConnection({
    host,
    port,
    user: admin.username,
    password: admin.password,
    database: database.database,
    multipleStatements: true,
    charset: 'utf8mb4',
  })
  try {
    await dropTables(connection)
    await connection.query(sql)
    writeFileSync(stamp, hash)
    return true
  } catch (error) {
    throw new SeedFailed(`${file} failed: ${(error as Error).message}`, { cause: error })
  } finally {
    await connection.end()
  }
}

async function dropTables(connection: Connection) {
  const [tables] = await connection.query<RowDataPacket[]>('SHOW FULL TABLES')
  await connection.query('SET foreign_key_checks = 0')
  for (const row of tables) {
    const [name, kind] = Object.values(row) as [string, string]
    await connection.query(`DROP ${kind === 'VIEW' ? 'VIEW' : 'TABLE'} ${escapeId(name, true)}`)
  }
  await connection.query('SET foreign_key_checks = 1')
}
