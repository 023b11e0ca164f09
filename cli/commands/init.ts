import { defineCommand } from '../command.ts'
import { exit } from '../exit.ts'
import { requireNode24 } from '../node.ts'
import { version } from '../version.ts'

export const init = defineCommand({
  name: 'init',
  summary: 'write a first export in this folder, and an app around it if there is none',
  notes: [
    'With DATABASE_URL (mysql://user:password@host:port/database) the export is of one of its tables: the one of --table, or the\n' +
      'first with a primary key. Without it, the export is of a sample, which seed.sql fills. Existing files are never changed.',
  ],
  options: { table: { type: 'string', value: '<name>', help: 'the table to export' } },
  examples: ['npx carryout init', 'DATABASE_URL=mysql://app:secret@127.0.0.1/shop npx carryout init --table orders'],
  async run({ values, terminal }) {
    requireNode24()
    const { runInit } = await import('../../laptop/init.ts')
    const databaseUrl = process.env.DATABASE_URL || undefined
    await runInit({ folder: process.cwd(), databaseUrl, table: values.table, version: version() }, terminal)
    return exit.DONE
  },
})
