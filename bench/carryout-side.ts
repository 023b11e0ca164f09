/** Carryout, bundled and run as its function is. */
import { fileURLToPath } from 'node:url'
import { STREAMING_NODE_OPTIONS } from '../functions/common/environment.ts'
import { bundle } from './bundle.ts'
import { on } from './processors.ts'
import { runSide } from './program.ts'
import type { Side } from './side.ts'
import type { CarryoutOptions } from './task.ts'

const SCRIPT = fileURLToPath(new URL('sides/carryout.ts', import.meta.url))

/** The Node options of the function, the heap's limit that Lambda derives from its memory included. */
const FUNCTION_OPTIONS = [STREAMING_NODE_OPTIONS, '--max-old-space-size=1592']

let bundled: Promise<string> | undefined

export function carryout(name: string, what: string, options: CarryoutOptions = {}, isSized = false): Side {
  return {
    name,
    what,
    isSized,
    async obstacle() {
      bundled ??= bundle(SCRIPT)
      await bundled
      return null
    },
    async run(task, { processors }) {
      bundled ??= bundle(SCRIPT)
      const command = [process.execPath, ...FUNCTION_OPTIONS, await bundled]
      const own = options.ranges ? null : (processors?.exporter ?? null)
      return runSide(on(own, command), { ...task, options })
    },
  }
}
