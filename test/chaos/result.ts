/** The result of a scenario, and the checks at the end of every scenario. */
import { setTimeout as sleep } from 'node:timers/promises'
import { needlesIn } from './model.ts'
import type { World } from './world.ts'

export interface Result {
  figures: Record<string, string | number>
  problems: string[]
}

/** Upper limit for any work once the disturbances are over. */
export const SETTLE_MILLIS = 240_000

/** Checks that no session is left, that no queries ran concurrently, and that only the files contain customers' data. */
export async function aftermath(world: World): Promise<string[]> {
  const problems: string[] = []
  if (world.mostQueries() > 1) problems.push(`${world.mostQueries()} export queries ran at once`)
  for (let tries = 0; (await world.sessions()) > 0; tries++) {
    if (tries > 100) {
      problems.push(`${await world.sessions()} sessions of the exporter are still open`)
      break
    }
    await sleep(100)
  }
  await world.cloud.end('SIGTERM')
  problems.push(...needlesIn(world.stateDirectory, world.needles))
  return problems
}
