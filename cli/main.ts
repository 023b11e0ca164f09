/** Runs the command, and converts errors to a sentence and an exit code. */

import { usageErrorOf } from '../terminal/arguments.ts'
import { openTerminal, type Terminal } from '../terminal/terminal.ts'
import { commands } from './commands.ts'
import { exit } from './exit.ts'
import { explain } from './explain.ts'
import { createProgram } from './program.ts'
import { version } from './version.ts'

/** @returns the exit code */
export async function main(args: string[], terminal = openTerminal()): Promise<number> {
  try {
    return await run(args, terminal)
  } catch (error) {
    const { message, code } = explain(error)
    if (code === exit.INTERRUPTED) return code
    const name = error instanceof Error ? error.name : 'Error'
    terminal.note(`carryout: ${message}`)
    if (args.includes('--json')) terminal.print(JSON.stringify({ error: { name, message } }))
    return code
  }
}

async function run(args: string[], terminal: Terminal): Promise<number> {
  let code: number = exit.DONE
  const done = (result: number) => {
    code = result
  }
  const program = createProgram({ commands, terminal, done }, version())
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    const usage = usageErrorOf(error)
    if (usage) throw usage
    const { code: kind } = error as { code?: unknown }
    if (kind === 'commander.help') return exit.USAGE
    if (typeof kind !== 'string' || !kind.startsWith('commander.')) throw error
  }
  return code
}
