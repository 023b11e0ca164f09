import { userInfo } from 'node:os'
import type { Carryout, NewRequest } from '@carryout/client'
import { COMPRESSIONS, ENCODINGS, FORMATS, LANGUAGES } from '../../statemachine/contract.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand, type Input } from '../command.ts'
import { connect, connectOperator } from '../connect.ts'
import { exit } from '../exit.ts'
import { parseParams } from '../params.ts'
import { save } from '../save.ts'
import { waitFor } from '../wait.ts'

const options = {
  params: { type: 'string', value: '<json>', help: 'the export’s parameters, as a JSON object (default: {})' },
  'requested-by': { type: 'string', value: '<e-mail>', help: 'who gets the e-mail with the link' },
  id: {
    type: 'string',
    value: '<id>',
    help: 'the idempotency key: sent twice, it makes one download (default: a new one)',
  },
  from: {
    type: 'string',
    value: '<id>',
    help: 'send this execution’s request again under a new id, with the options given here in place of its own',
  },
  reason: { type: 'string', value: '<text>', help: 'with --from: the reason; it is recorded' },
  format: { type: 'string', value: '<format>', help: 'one that the export offers', choices: FORMATS },
  compression: { type: 'string', value: '<name>', help: 'one that the export offers', choices: COMPRESSIONS },
  encoding: { type: 'string', value: '<name>', help: 'of CSV and TSV', choices: ENCODINGS },
  language: { type: 'string', value: '<language>', help: 'of headings, file name and e-mail', choices: LANGUAGES },
  wait: { type: 'boolean', help: 'show the progress, and at the end the file and its link' },
  output: { type: 'string', value: '<path>', help: 'wait, and fetch the file into this file or folder' },
} as const

export const request = defineCommand({
  name: 'request',
  argument: '[export]',
  summary: 'put a request on the queue',
  notes: [
    'With --from, an execution’s request is edited and sent under a new id. The old execution then names the new one, and\n' +
      'no longer counts among the failures.',
  ],
  options,
  examples: [
    `npx carryout request orders --params '{"from":"2026-01-01","to":"2026-04-01"}' --requested-by hanako@example.com --wait`,
    `npx carryout request --from 20261130-210005123-9f3ac2e17b04 --params '{"from":"2026-01-01","to":"2026-02-01"}'`,
  ],
  async run(input) {
    const { argument, values } = input
    if (values.from !== undefined) return await requestFrom(values.from, input)
    if (argument === undefined) throw new UsageError("Missing required argument 'export'.")
    if (values['requested-by'] === undefined) {
      throw new UsageError('--requested-by is missing: it says who gets the e-mail.')
    }
    if (values.reason !== undefined) throw new UsageError('--reason is only for --from. Remove it.')
    const { id } = values
    const wanted = { params: {}, ...changes(input), id } as NewRequest
    const carryout = await connect(values)
    if (id !== undefined && (await carryout.isKnown({ ...wanted, id }))) return await showAgain(carryout, id, input)
    return await tell(carryout, await carryout.request(wanted), input)
  },
})

type RequestInput = Input<typeof options>

async function requestFrom(from: string, input: RequestInput): Promise<number> {
  const { values } = input
  if (values.id !== undefined)
    throw new UsageError('--from takes no --id, because the request gets a new one. Remove --id.')
  const change = changes(input)
  const carryout = await connectOperator(values)
  const sent = await carryout.resend(from, change, { by: userInfo().username, reason: values.reason ?? '' })
  return await tell(carryout, sent, input)
}

/** Returns the fields of the request on the command line. Choices are validated when the options are read. */
function changes({ argument, values }: RequestInput): Partial<NewRequest> {
  const { 'requested-by': requestedBy, params, format, compression, encoding, language } = values
  const given = { export: argument, requestedBy, format, compression, encoding, language }
  const present = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(present), ...(params !== undefined && { params: parseParams(params) }) }
}

async function tell(carryout: Carryout, sent: Awaited<ReturnType<Carryout['request']>>, input: RequestInput) {
  const { values, terminal } = input
  if (values.wait || values.output !== undefined) {
    terminal.note(`Requested ${sent.id}`)
    return await end(carryout, sent.id, { queued: true }, input)
  }
  if (values.json) terminal.print(JSON.stringify(sent, null, 2))
  else {
    terminal.print(`Requested ${sent.id}`)
    terminal.note(`To follow it: npx carryout show ${sent.id}`)
  }
  return exit.DONE
}

/** Waits, and downloads the file if that was requested. */
async function end(carryout: Carryout, id: string, options: { queued?: boolean }, { values, terminal }: RequestInput) {
  const { output, json } = values
  const ended = await waitFor(carryout, id, { ...options, json, quiet: output !== undefined }, terminal)
  return output !== undefined && ended === exit.DONE ? await save(carryout, id, { output, json }, terminal) : ended
}

/** Does not send a request again that already has an execution. */
async function showAgain(carryout: Carryout, id: string, input: RequestInput): Promise<number> {
  const { values, terminal } = input
  terminal.note(`${id} was requested before; it is not sent again.`)
  if (values.wait || values.output !== undefined) return await end(carryout, id, {}, input)
  if (values.json) terminal.print(JSON.stringify({ id, messageId: null }, null, 2))
  return exit.DONE
}
