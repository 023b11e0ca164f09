import { COMPRESSIONS, ENCODINGS, FORMATS, LANGUAGES } from '../../statemachine/contract.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { exit } from '../exit.ts'
import { requireNode24 } from '../node.ts'
import { parseParams } from '../params.ts'

export const tryCommand = defineCommand({
  name: 'try',
  argument: '<export>',
  summary: 'run one export from DATABASE_URL to a file, without a cloud',
  notes: [
    'The export’s current source is used, and the file has the same bytes as on AWS. DATABASE_URL is\n' +
      'mysql://user:password@host:port/database; nothing is written there.',
  ],
  options: {
    params: { type: 'string', value: '<json>', help: 'the export’s parameters, as a JSON object (default: {})' },
    limit: { type: 'string', value: '<n>', help: 'print this many rows instead of writing the file' },
    explain: { type: 'boolean', help: 'print how the database would run the query' },
    output: {
      type: 'string',
      value: '<path>',
      help: 'a file or a folder (default: the file’s own name, in this folder)',
    },
    format: { type: 'string', value: '<format>', help: 'one that the export offers', choices: FORMATS },
    compression: { type: 'string', value: '<name>', help: 'one that the export offers', choices: COMPRESSIONS },
    encoding: { type: 'string', value: '<name>', help: 'of CSV and TSV', choices: ENCODINGS },
    language: { type: 'string', value: '<language>', help: 'of headings and file name', choices: LANGUAGES },
    catalogue: { type: 'string', value: '<path>', help: 'the catalogue’s module (default: exports/index.ts)' },
  },
  examples: [
    `npx carryout try orders --params '{"from":"2026-01-01","to":"2026-04-01"}'`,
    'npx carryout try orders --limit 5',
    'npx carryout try orders --explain',
  ],
  async run({ argument, values, terminal }) {
    const { limit, explain = false, output, catalogue = 'exports/index.ts', json = false, ...chosen } = values
    if (explain && limit !== undefined) throw new UsageError('--explain does not run the query. Remove --limit.')
    const params = parseParams(values.params)
    const databaseUrl = process.env.DATABASE_URL
    if (!databaseUrl) {
      throw new UsageError('DATABASE_URL is not set. Set it, such as mysql://user:password@127.0.0.1:3306/shop.')
    }
    requireNode24()
    const { runTry } = await import('../../laptop/try.ts')
    const { format, compression, encoding, language } = chosen
    const request = { export: argument!, params, format, compression, encoding, language }
    const rows = limit === undefined ? undefined : wholeNumber('limit', limit, 0)
    await runTry({ request, catalogue, databaseUrl, output, limit: rows, explain, json }, terminal)
    return exit.DONE
  },
})
