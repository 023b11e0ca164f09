import { UsageError } from '../../terminal/usage-error.ts'
import { defineCommand } from '../command.ts'
import { SHELLS } from '../completion/shells.ts'
import { exit } from '../exit.ts'

export const completion = defineCommand({
  name: 'completion',
  argument: '<shell>',
  argumentChoices: SHELLS,
  summary: 'print a script that lets bash or zsh complete this command',
  notes: [
    'bash:  eval "$(npx carryout completion bash)"\nzsh:   source <(npx carryout completion zsh)',
    '“npx carryout” is completed too. Other commands of npx are completed as before.',
  ],
  options: {},
  examples: ['npx carryout completion bash', 'npx carryout completion zsh'],
  async run({ argument, commands, terminal }) {
    const shell = SHELLS.find((known) => known === argument)
    if (!shell) throw new UsageError(`There is no completion for “${argument}”, only for ${SHELLS.join(' and ')}.`)
    const { completionScript } = await import('../completion/script.ts')
    terminal.print(completionScript(shell, commands).trimEnd())
    return exit.DONE
  },
})
