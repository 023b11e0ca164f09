/**
 * Runs in the process that reads a catalogue: writes what the catalogue holds, or why it cannot be read, into a file as
 * JSON.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

export interface Reading {
  /** What the catalogue holds; missing if the module exports no catalogue. */
  exports?: unknown
  /** What was thrown while the module was loaded. */
  error?: string
  /** With which code the module ended the process. */
  exitCode?: number
  /** The author's line that failed: `exports/orders.ts:12:3`. */
  place?: string
}

interface Where {
  /** Receives the reading. */
  answer: string
  /** The app's root, to which places are relative. */
  root: string
  /** Folders with Carryout's own code. */
  own: readonly string[]
}

/** The exit code of Node for a module whose top-level await never ends. */
export const NEVER_ENDS = 13

/** Never returns: the process ends. */
export async function readInto({ answer, root, own }: Where, load: () => Promise<unknown>): Promise<void> {
  let answered = false
  const exit = process.exit
  const write = (reading: Reading) => {
    if (answered) return
    answered = true
    writeFileSync(answer, JSON.stringify(reading))
  }
  const fail = (thrown: unknown) => {
    write({ error: messageOf(thrown), ...placed(thrown instanceof Error ? thrown.stack : undefined) })
    exit(0)
  }
  const placed = (stack: string | undefined) => {
    const place = placeOf(stack ?? '', { root, own: [...own, dirname(answer)] })
    return place === undefined ? {} : { place }
  }
  process.on('uncaughtException', fail)
  process.on('exit', (exitCode) => write({ exitCode }))
  process.exit = ((code) => {
    write({ exitCode: Number(code ?? process.exitCode ?? 0), ...placed(new Error().stack) })
    return exit(code)
  }) as typeof process.exit
  try {
    const exports = await load()
    // Node reports a rejection that nobody handles only after the promises of this turn.
    await new Promise(setImmediate)
    write({ exports })
  } catch (error) {
    fail(error)
  }
  exit(0)
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown === 'string' ? thrown : inspect(thrown)
  const { name } = thrown
  // Node adds which files asked for a missing module; they are bundles.
  const message = thrown.message.replace(/\nRequire stack:[\s\S]*| imported from \S+$/, '')
  return message === '' ? name : /^(Type)?Error$/.test(name) ? message : `${name}: ${message}`
}

/** Finds the first line of a stack trace that is the author's own. */
function placeOf(stack: string, { root, own }: Pick<Where, 'root' | 'own'>): string | undefined {
  for (const [, location, line, column] of stack.matchAll(/^ {4}at (?:.*\()?(.*?):(\d+):(\d+)\)?$/gm)) {
    const path = location!.startsWith('file:') ? fileURLToPath(location!) : location!
    const isForeign = /[\\/]node_modules[\\/]/.test(path) || own.some((folder) => path.startsWith(join(folder, '/')))
    if (!isForeign && existsSync(path)) return `${relative(root, path)}:${line}:${column}`
  }
  return undefined
}
