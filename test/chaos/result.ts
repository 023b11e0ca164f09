/** What a scenario found, and what every scenario looks for at its end. */
import { setTimeout as sleep } from 'node:timers/promises'
import { needlesIn } from './model.ts'
import type { World } from './world.ts'

export interface Result {
  figures: Record<string, string | number>
  problems: string[]
}

/** Longer than anything may take once nothing is disturbed any more. */
export const SETTLE_MILLIS = 240_000

/** What is left when all is over: no session, no query too many, and nothing of anybody's data beside the files. */
export async function aftermath(world: World): Promise<string[]> {
  const problems: string[] = []
  if (world.mostQueries() > 1) problems.push(`${world.mostQueries()} export queries ran at once`)
  for (let tries = 0; (await world.sessions()) > 0; tries++) {
    if (tries > 100) {
      problems.push(`${await world.sessions()} sessions of the exporter are left`)
      break
    }
    await sleep(100)
  }
  await world.cloud.end('SIGTERM')
  problems.push(...needlesIn(world.stateDirectory, world.needles))
  return problems
}
