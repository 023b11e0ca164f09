import { Interrupted } from './errors.ts'

/** The longest delay of Node's timers. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * Waits until the clock reaches the time, but at most as long as the initial difference: a clock that is set back does
 * not delay it.
 *
 * @throws Interrupted if the signal is aborted first
 */
export async function sleepUntil(time: number, signal: AbortSignal, now: () => number): Promise<void> {
  const until = performance.now() + time - now()
  const left = () => Math.min(time - now(), until - performance.now())
  for (let millis = left(); millis > 0; millis = left()) {
    await sleep(Math.min(Math.ceil(millis), LONGEST_TIMER_MS), signal)
  }
  if (signal.aborted) throw new Interrupted()
}

function sleep(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Interrupted())
    const cut = () => {
      clearTimeout(timer)
      reject(new Interrupted())
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cut)
      resolve()
    }, millis)
    signal.addEventListener('abort', cut, { once: true })
  })
}
