import { defineCommand } from '../command.ts'
import { connect } from '../connect.ts'
import { save } from '../save.ts'

export const download = defineCommand({
  name: 'download',
  argument: '<id>',
  summary: 'fetch the file, and verify that it is complete',
  options: {
    output: {
      type: 'string',
      value: '<path>',
      help: 'a file or a folder (default: the file’s own name, in this folder)',
    },
  },
  examples: ['npx carryout download 20261130-210005123-9f3ac2e17b04 --output orders.csv'],
  async run({ argument, values, terminal }) {
    const { output, json } = values
    return await save(await connect(values), argument!, { output, json }, terminal)
  },
})
