import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'

export const revokeLinks = defineCommand({
  name: 'revoke-links',
  argument: '[id]',
  summary: 'revoke the links that were mailed for one download, or to one requester',
  notes: ['The file itself stays until its retention ends.'],
  options: {
    'requested-by': {
      type: 'string',
      value: '<e-mail>',
      help: 'instead of an id: all links sent to this requester so far',
    },
  },
  examples: [
    'npx carryout revoke-links 20261130-210005123-9f3ac2e17b04',
    'npx carryout revoke-links --requested-by hanako@example.com',
  ],
  async run({ argument, values, terminal }) {
    const requestedBy = values['requested-by']
    if ((argument === undefined) === (requestedBy === undefined)) {
      throw new UsageError('Pass either the id of a download or --requested-by <e-mail>.')
    }
    const carryout = await connect(values)
    const whose = argument === undefined ? { requestedBy: requestedBy! } : { id: argument }
    await carryout.revokeLinks(whose)
    if (values.json) terminal.print(JSON.stringify({ revoked: whose }, null, 2))
    else terminal.print(`Revoked the links of ${argument ?? requestedBy}.`)
    return exit.DONE
  },
})
