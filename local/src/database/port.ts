/** Chooses the port of a throwaway server: a free one at first, then always the same. */
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseUnusable, ServerFailed } from './errors.ts'

export const HOST = '127.0.0.1'
const RETRY_MILLIS = 200

/** @param preferred used if it is free, so that a restart does not change the port */
export async function freePort(preferred: number | undefined): Promise<number> {
  const port = (preferred !== undefined && (await tryPort(preferred))) || (await tryPort(0))
  if (port) return port
  throw new ServerFailed(`No port is free on ${HOST}`)
}

/**
 * Waits until the port is free. It is in the range of ports for outgoing connections, so any program may use it for a
 * moment.
 *
 * @param options.onTaken called once if it is not free at first
 * @throws DatabaseUnusable if it is still not free after `patienceSeconds`
 */
export async function portAgain(
  port: number,
  options: { patienceSeconds: number; onTaken(): void; signal: AbortSignal },
): Promise<number> {
  const { patienceSeconds, onTaken, signal } = options
  const until = performance.now() + patienceSeconds * 1000
  for (let attempt = 1; (await tryPort(port)) === undefined; attempt++) {
    if (performance.now() > until) {
      throw new DatabaseUnusable(
        `port ${port} of ${HOST} has been in use by another program for ${patienceSeconds} s. Start the local cloud again.`,
      )
    }
    if (attempt === 1) onTaken()
    await sleep(RETRY_MILLIS, undefined, { signal })
  }
  return port
}

/** @returns the port, or undefined if it is not free */
function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const listener = createServer()
    listener.on('error', () => resolve(undefined))
    listener.listen(port, HOST, () => {
      const address = listener.address()
      listener.close(() => resolve(typeof address === 'object' ? address?.port : undefined))
    })
  })
}
