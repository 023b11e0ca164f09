#!/usr/bin/env node
/** Runs a statement in the local cloud's own database as its administrator, to look at it or to break something. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createConnection } from 'mysql2/promise'
import { readFlags } from '../terminal/script.ts'

const HELP = `Usage: npx node laptop/sql.ts [--state <dir>] [--database <schema>] "<statement>"

Runs a statement in the database of a running local cloud, and prints its rows.

  --state <dir>         the local cloud's state directory (default .carryout)
  --database <schema>   default shop
`

async function main(): Promise<void> {
  const flags = {
    state: { type: 'string', default: '.carryout' },
    database: { type: 'string', default: 'shop' },
    help: { type: 'boolean' },
  } as const
  const { values, rest } = readFlags(flags, { takesRest: true })
  const [statement] = rest
  if (values.help) return console.log(HELP)
  if (statement === undefined || rest.length > 1) throw new Error(HELP)
  const { port, user, password } = await readAccess(values.state)
  const { database } = values
  const connection = await createConnection({ host: '127.0.0.1', port, user, password, database, dateStrings: true })
  try {
    const [result] = await connection.query(statement)
    if (Array.isArray(result)) console.table(result)
    else console.log('Done.')
  } finally {
    await connection.end()
  }
}

async function readAccess(state: string): Promise<{ port: number; user: string; password: string }> {
  const path = join(state, 'database', 'server.json')
  const json = await readFile(path, 'utf8').catch(() => {
    throw new Error(
      `${path} is not there: is the local cloud running with its own database? For the one in DATABASE_URL, use an ordinary client.`,
    )
  })
  const { port, admin } = JSON.parse(json) as { port: number; admin: { username: string; password: string } }
  return { port, user: admin.username, password: admin.password }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
})
