/** What happens to the stack besides faults of its calls: each begins, lasts a moment and is over. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export const BREAKS = ['down', 'killed', 'silent', 'half-open', 'clock', 'frozen', 'full'] as const
export type Break = (typeof BREAKS)[number]

const MINUTE_MILLIS = 60_000

/** By kind, as `--breaks` names it. */
export const breaks: Record<Break, (world: World, random: Random) => Promise<void>> = {
  /** The database refuses connections, and those that were open are reset. */
  async down({ database }, random) {
    await database.down()
    await sleep(random.between(10, 500))
    await database.up()
  },
  /** Its server is killed, and is started again by whoever keeps it. */
  async killed({ killDatabase }) {
    killDatabase()
  },
  /** After some bytes nothing comes from the server any more, on any connection that is open; nobody closes them. */
  async silent({ database }, random) {
    database.stallAfter(random.between(0, 20_000))
    await sleep(random.between(500, 5000))
    database.stallAfter(Number.POSITIVE_INFINITY)
  },
  /** The server's side of each connection is gone, and the client is not told. */
  async 'half-open'({ database }) {
    database.halfOpen()
  },
  /** The services' clock leaps by minutes, forward or back, while the functions' stays. */
  async clock({ cloud }, random) {
    await cloud.leap(random.between(-5, 10) * MINUTE_MILLIS)
  },
  /** The whole process stands still, as on a laptop that sleeps. */
  async frozen({ cloud }, random) {
    cloud.signal('SIGSTOP')
    await sleep(random.between(500, 8000))
    cloud.signal('SIGCONT')
  },
  /** The disk of the state directory is full; the process may wait for some or end with a sentence. */
  async full({ cloud, disk }, random) {
    disk?.fill()
    await sleep(random.between(500, 5000))
    disk?.empty()
    if (!cloud.hasEnded) return
    if (/\n {4}at /.test(cloud.log))
      throw new Error(`A full disk ended the local cloud with a stack trace: ${cloud.log}`)
    await cloud.start()
  },
}
