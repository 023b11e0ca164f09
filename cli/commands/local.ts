import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit.ts'
import { requireNode24 } from '../node.ts'

/** The default port of `@carryout/local`, which is loaded only when the command runs. */
const DEFAULT_PORT = 4566

export const local = defineCommand({
  name: 'local',
  summary: 'synthesize the app and run it on this machine, until Ctrl-C',
  notes: [
    'The app is the one that cdk.json in this folder names. Exports query the database of DATABASE_URL\n' +
      '(mysql://user:password@host:port/database), or else a throwaway server that is filled from --seed.\n' +
      'An export that is edited meanwhile is live at the next request. CARRYOUT_DATABASE (mysql, mariadb, mysql-9,\n' +
      'mariadb-11) chooses the throwaway server.',
  ],
  options: {
    seed: { type: 'string', value: '<file.sql>', help: 'SQL that fills the throwaway database' },
    port: { type: 'string', value: '<n>', help: `the port of 127.0.0.1 (default: ${DEFAULT_PORT})` },
    state: {
      type: 'string',
      value: '<dir>',
      help: 'where everything is kept (default: .carryout); delete it to start afresh',
    },
    assembly: {
      type: 'string',
      value: '<dir>',
      help: 'a synthesized cloud assembly (a cdk.out) to run in place of the app',
    },
  },
  examples: ['npx carryout local --seed seed.sql', 'DATABASE_URL=mysql://app:secret@127.0.0.1/shop npx carryout local'],
  async run({ values, terminal }) {
    const port = Number(values.port ?? DEFAULT_PORT)
    if (!/^\d*$/.test(values.port ?? '') || port > 65_535) {
      throw new UsageError(`--port must be a number from 0 to 65535, not “${values.port}”.`)
    }
    requireNode24()
    const { runLocal } = await import('../../laptop/local.ts')
    const { seed, state = '.carryout', assembly } = values
    const { DATABASE_URL: databaseUrl, CARRYOUT_DATABASE: databaseProduct } = process.env
    await runLocal({ port, state, seed, assembly, databaseUrl, databaseProduct }, terminal)
    return exit.DONE
  },
})
