/** Shared by the benchmark's commands: wrong arguments end with a clear message, and Ctrl-C leaves nothing running. */

import { isUserError } from '../laptop/user-error.ts'
import { UsageError } from '../terminal/usage-error.ts'

const interrupted = new AbortController()
/** Is aborted when the user presses Ctrl-C. */
export const interruption = interrupted.signal

/** @param help usage text, printed below the message if the arguments are wrong */
export function runCommand(main: () => Promise<void>, help: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interruption.aborted) process.exit(130)
      console.error('Stopping … (again to stop at once)')
      interrupted.abort()
    })
  }
  main().catch((error: unknown) => {
    if (interruption.aborted) process.exit(130)
    const isKnown = error instanceof UsageError || isUserError(error)
    console.error(isKnown ? error.message : error)
    if (error instanceof UsageError) console.error(`\n${help}`)
    process.exit(error instanceof UsageError ? 2 : 1)
  })
}

/** Runs `work`, then `close`. On Ctrl-C, it closes at once, which makes the work fail. */
export async function closing<T>(close: () => Promise<void>, work: () => Promise<T>): Promise<T> {
  let closed: Promise<void> | undefined
  const closeOnce = () => {
    closed ??= close()
    return closed
  }
  const onInterruption = () => void closeOnce()
  interruption.addEventListener('abort', onInterruption, { once: true })
  try {
    interruption.throwIfAborted()
    const result = await work()
    interruption.throwIfAborted()
    return result
  } finally {
    interruption.removeEventListener('abort', onInterruption)
    await closeOnce()
  }
}

/** Parses a whole number of at least 1. @throws UsageError that names `what` */
export function count(what: string, text: string): number {
  const number = Number(text.replaceAll('_', ''))
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new UsageError(`${what} must be a whole number of at least 1, not “${text}”`)
}
