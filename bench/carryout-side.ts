/** Carryout, bundled and run like the deployed function. */
import { fileURLToPath } from 'node:url'
import { STREAMING_NODE_OPTIONS } from '../functions/common/environment.ts'
import type { Bench } from './bench.ts'
import { bundle } from './bundle.ts'
import { on } from './processors.ts'
import { runSide } from './program.ts'
import type { Side } from './side.ts'
import type { CarryoutOptions, Outcome, Task } from './task.ts'

export const CARRYOUT_SCRIPT = fileURLToPath(new URL('sides/carryout.ts', import.meta.url))

/** Node options of the function, including the heap limit that Lambda derives from its memory. */
const FUNCTION_OPTIONS = [STREAMING_NODE_OPTIONS, '--max-old-space-size=1592']

let bundled: Promise<string> | undefined

export function carryout(name: string, what: string, options: CarryoutOptions = {}, isSized = false): Side {
  return {
    name,
    what,
    isSized,
    async obstacle() {
      bundled ??= bundle(CARRYOUT_SCRIPT)
      await bundled
      return null
    },
    async run(task, bench) {
      bundled ??= bundle(CARRYOUT_SCRIPT)
      return carryoutOf(await bundled, task, bench, options)
    },
  }
}

/** @param file path of the bundle */
export function carryoutOf(
  file: string,
  task: Task,
  { processors }: Bench,
  options: CarryoutOptions,
): Promise<Outcome> {
  // Each range is a separate invocation with its own processor.
  const own = options.ranges ? null : (processors?.exporter ?? null)
  return runSide(on(own, [process.execPath, ...FUNCTION_OPTIONS, file]), { ...task, options })
}
