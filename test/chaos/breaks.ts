/** Breaks: disturbances of the stack other than failing calls. Each begins, lasts for a moment and ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from './random.ts'
import type { World } from './world.ts'

export const BREAKS = ['down', 'killed', 'silent', 'half-open', 'clock', 'frozen', 'full'] as const
export type Break = (typeof BREAKS)[number]

const MINUTE_MILLIS = 60_000

/** The breaks by their kind, as in `--breaks`. */
export const breaks: Record<Break, (world: World, random: Random) => Promise<void>> = {
  /** The database refuses connections, and open connections are reset. */
  async down({ database }, random) {
    await database.down()
    await sleep(random.between(10, 500))
    await database.up()
  },
  /** The database server is killed, and its supervisor starts it again. */
  async killed({ killDatabase }) {
    killDatabase()
  },
  /** After some bytes, the server goes silent on all open connections without closing them. */
  async silent({ database }, random) {
    database.stallAfter(random.between(0, 20_000))
    await sleep(random.between(500, 5000))
    database.stallAfter(Number.POSITIVE_INFINITY)
  },
  /** The server's side of each connection is gone, but the client does not get a FIN or RST. */
  async 'half-open'({ database }) {
    database.halfOpen()
  },
  /** The services' clock jumps forward or back by minutes, while the functions' clock does not. */
  async clock({ cloud }, random) {
    await cloud.leap(random.between(-5, 10) * MINUTE_MILLIS)
  },
  /** The whole process is stopped, as on a laptop that sleeps. */
  async frozen({ cloud }, random) {
    cloud.signal('SIGSTOP')
    await sleep(random.between(500, 8000))
    cloud.signal('SIGCONT')
  },
  /** The disk of the state directory is full. The process may wait for free space or end with a message. */
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
