import type { NewRequest } from '@carryout/client'
import { COMPRESSIONS, ENCODINGS, FORMATS, LANGUAGES } from '../../statemachine/contract.ts'
import { defineCommand, UsageError } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { parseParams } from '../params.ts'
import { save } from '../save.ts'
import { waitFor } from '../wait.ts'

export const request = defineCommand({
  name: 'request',
  argument: '<export>',
  summary: 'put a request on the queue',
  options: {
    params: { type: 'string', value: '<json>', help: 'the export’s parameters, as a JSON object (default: {})' },
    'requested-by': { type: 'string', value: '<e-mail>', help: 'who gets the e-mail with the link' },
    id: {
      type: 'string',
      value: '<id>',
      help: 'the idempotency key: sent twice, it is one download (default: a new one)',
    },
    format: { type: 'string', value: '<format>', help: 'one that the export offers', choices: FORMATS },
    compression: { type: 'string', value: '<name>', help: 'one that the export offers', choices: COMPRESSIONS },
    encoding: { type: 'string', value: '<name>', help: 'of CSV and TSV', choices: ENCODINGS },
    language: { type: 'string', value: '<language>', help: 'of headings, file name and e-mail', choices: LANGUAGES },
    wait: { type: 'boolean', help: 'show the progress, and at the end the file and its link' },
    output: { type: 'string', value: '<path>', help: 'wait, and fetch the file into this file or folder' },
  },
  examples: [
    `npx carryout request orders --params '{"from":"2026-01-01","to":"2026-04-01"}' --requested-by hanako@example.com --wait`,
  ],
  async run({ argument, values, terminal }) {
    const { 'requested-by': requestedBy, id, format, compression, encoding, language, output, json } = values
    const wait = values.wait || output !== undefined
    if (requestedBy === undefined) throw new UsageError('--requested-by is missing: it says who gets the e-mail.')
    const params = parseParams(values.params)
    const carryout = await connect(values)
    // The choices are checked by name when the options are read.
    const chosen = { format, compression, encoding, language } as Pick<NewRequest, 'format'>
    const wanted: NewRequest = { id, export: argument!, params, requestedBy, ...chosen }
    if (id !== undefined && (await carryout.isKnown({ ...wanted, id }))) return await showAgain(id)
    const sent = await carryout.request(wanted)
    if (wait) {
      terminal.note(`Requested ${sent.id}`)
      return await end(sent.id, { queued: true })
    }
    if (json) terminal.print(JSON.stringify(sent, null, 2))
    else {
      terminal.print(`Requested ${sent.id}`)
      terminal.note(`To see what becomes of it: npx carryout show ${sent.id}`)
    }
    return exit.DONE

    /** Waits, and fetches the file where that was asked for. */
    async function end(id: string, options: { queued?: boolean } = {}): Promise<number> {
      const fetched = output !== undefined
      const ended = await waitFor(carryout, id, { ...options, json, quiet: fetched }, terminal)
      return fetched && ended === exit.DONE ? await save(carryout, id, { output, json }, terminal) : ended
    }

    /** A request that has its execution is not sent a second time. */
    async function showAgain(id: string): Promise<number> {
      terminal.note(`${id} was requested before; it is not sent again.`)
      if (wait) return await end(id)
      if (json) terminal.print(JSON.stringify({ id, request: wanted, messageId: null }, null, 2))
      return exit.DONE
    }
  },
})
