/** One cloud for all suites of notices, whose last line of defence does not wait; and what they do with it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { type Carryout, createCarryout } from '../../../client/carryout.ts'
import { changedAssembly } from '../../support/assembly.ts'
import type { TestCloud } from '../../support/cloud.ts'
import { startShop } from '../../support/pipeline.ts'

export const OPERATOR = 'operator@example.com'
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' }

export let cloud: TestCloud
export let carryout: Carryout
export let assembly: string
beforeAll(async () => {
  assembly = await changedAssembly(mkdtempSync(join(tmpdir(), 'carryout-notice-')), 'notify', () => undefined)
  withoutDelay(assembly)
  cloud = await startShop({ assembly, countsRights: true, delayScale: 0.001 })
  const { endpointUrl: endpoint, region } = cloud
  carryout = createCarryout({ stackName: 'Carryout' }, { endpoint, region, credentials: CREDENTIALS })
}, 180_000)
afterAll(async () => {
  await cloud?.close()
  rmSync(assembly, { recursive: true })
})

export async function until(isSo: () => Promise<boolean>) {
  while (!(await isSo())) await sleep(50)
}

/** Waits until a line of the function’s log contains the sentence. */
export async function logSays(handler: string, sentence: string) {
  for (;;) {
    const { events = [] } = await cloud.clients.logs.send(
      new FilterLogEventsCommand({ logGroupName: `/aws/lambda/Carryout-${handler}` }),
    )
    if (events.some(({ message }) => message?.includes(sentence))) return
    await sleep(100)
  }
}

/** The queue of the last line of defence without its two minutes. */
function withoutDelay(assembly: string) {
  const path = join(assembly, 'Carryout.template.json')
  const text = readFileSync(path, 'utf8')
  expect(text).toMatch(/"DelaySeconds": ?120/)
  writeFileSync(path, text.replace(/"DelaySeconds": ?120/, '"DelaySeconds": 1'))
}
