/** Shell completion for `carryout` and `npx carryout`, generated from the definitions of the commands. */
import type { Command } from '../command.ts'
import { bash } from './bash.ts'
import type { Shell } from './shells.ts'
import { zsh } from './zsh.ts'

/** @returns a script for `eval` or `source` */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return shell === 'bash' ? bash(commands) : zsh(commands)
}
