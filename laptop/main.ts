#!/usr/bin/env node
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
/** `npm run local`: the local cloud alone, until Ctrl-C. */
import { type Cloud, DEFAULT_PORT } from '@carryout/local'
import { startLaptop } from './laptop.ts'
import { isUserError } from './user-error.ts'

const HELP = `Usage: npm run local -- [options]

The AWS services that Carryout uses, on this machine, booted from the synthesized stack.

  --port <n>        the port of 127.0.0.1 (default ${DEFAULT_PORT})
  --state <dir>     where everything is kept (default .carryout); delete it to start afresh
  --assembly <dir>  boot this synthesized cloud assembly (a cdk.out) instead of Carryout's own stack
  --help            this text

DATABASE_URL (mysql://user:password@host:port/database) names a database to use instead of a throwaway one
(for TLS add ?ssl-mode=VERIFY_CA&ssl-ca=<file>, for a certificate of the client ssl-cert and ssl-key);
CARRYOUT_DATABASE (mysql, mariadb, mysql-9, mariadb-11) chooses the throwaway one.
`

class WrongArguments extends Error {}

/** Aborted by Ctrl-C: a boot under way is given up. */
const interrupted = new AbortController()

interface Arguments {
  port: number
  state: string
  assembly: string | undefined
  help: boolean
}

function readArguments(args: string[]): Arguments {
  const options = {
    port: { type: 'string', default: String(DEFAULT_PORT) },
    state: { type: 'string', default: '.carryout' },
    assembly: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  } as const
  try {
    const { values } = parseArgs({ args, options, strict: true, allowPositionals: false })
    const port = Number(values.port)
    if (!/^\d+$/.test(values.port) || port > 65_535) {
      throw new WrongArguments(`--port must be a number from 0 to 65535, not “${values.port}”.`)
    }
    return { ...values, port, assembly: values.assembly }
  } catch (error) {
    if (error instanceof WrongArguments) throw error
    throw new WrongArguments(error instanceof Error ? error.message : String(error))
  }
}

function report({ endpointUrl, region, outputs, unsupported, stateDirectory }: Cloud) {
  const lines = [
    '',
    `The local cloud stands at ${endpointUrl}`,
    '',
    ...Object.entries(outputs).map(([name, value]) => `  ${name}: ${value}`),
    '',
    'For the AWS CLI, the SDKs and the carryout command:',
    '',
    `  export AWS_ENDPOINT_URL=${endpointUrl} AWS_REGION=${region} AWS_DEFAULT_REGION=${region} \\`,
    '    AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local',
    '',
    '(Version 1 of the AWS CLI asks AWS itself for queues: give its “aws sqs” --endpoint-url $AWS_ENDPOINT_URL, too.)',
    '',
    `E-mails:  ${endpointUrl}/_carryout/outbox (and as files in ${stateDirectory}/outbox)`,
    'Logs:     npx carryout logs --follow (or aws logs filter-log-events --log-group-name <group>)',
    'Stop:     Ctrl-C; what runs goes on at the next start',
  ]
  if (unsupported.length > 0)
    lines.push(
      '',
      'The template asks for what the local cloud does not have:',
      ...unsupported.map((line) => `  ${line}`),
    )
  console.log(lines.join('\n'))
}

async function main() {
  const { port, state, assembly, help } = readArguments(process.argv.slice(2))
  if (help) return console.log(HELP)
  const starting = startLaptop({
    port,
    stateDirectory: resolve(state),
    assembly: assembly === undefined ? undefined : resolve(assembly),
    databaseUrl: process.env.DATABASE_URL,
    databaseProduct: process.env.CARRYOUT_DATABASE,
    onProgress: (line) => console.error(line),
    signal: interrupted.signal,
  })
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(130)
      asked = true
      console.error('Stopping … (again to stop at once)')
      interrupted.abort()
      void starting.then((cloud) => cloud.stop()).then(() => process.exit(0))
    })
  }
  report(await starting)
}

main().catch((error: unknown) => {
  if (interrupted.signal.aborted) process.exit(130)
  const expected = error instanceof WrongArguments || isUserError(error)
  console.error(expected ? (error as Error).message : error)
  if (error instanceof WrongArguments) console.error(`\n${HELP}`)
  process.exit(error instanceof WrongArguments ? 2 : 1)
})
