/**
 * A local cloud and the web app's part in Express, in a role that has what `grantRequest`, `grantFollow` and `grantCancel` give,
 * for the suites that use it over HTTP.
 */
import { rmSync } from 'node:fs'
import { createCarryout } from '../../../client/carryout.ts'
import { sessions } from '../../../examples/mounts/session.ts'
import { COMPILED, type TestCloud } from '../../support/cloud.ts'
import { startShop } from '../../support/pipeline.ts'
import { assemblyWithWebApp, assumeWebApp } from '../../support/web-app-role.ts'
import { MOUNTS, type Mount } from './mounts.ts'
import { Page } from './page.ts'

export let cloud: TestCloud
let assembly: string
export let operator: ReturnType<typeof createCarryout>
export let express: Mount
const environment = { ...process.env }
beforeAll(async () => {
  assembly = await assemblyWithWebApp()
  cloud = await startShop({ assembly, compileCache: COMPILED }, 200)
  const { endpointUrl: endpoint, region } = cloud
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  operator = createCarryout({ stackName: 'Carryout' }, { endpoint, region, credentials })
  Object.assign(process.env, await assumeWebApp(cloud))
  express = await MOUNTS.Express!()
}, 180_000)
afterAll(async () => {
  process.env = environment
  await express?.close()
  await cloud?.close()
  rmSync(assembly, { recursive: true, force: true })
})

let users = 0
/** A page of a new signed-in user. */
export function givenPage(base = express.base, headers: Record<string, string> = {}): Page {
  const secret = `secret-${++users}`
  sessions.set(secret, { user: `user${users}@example.com` })
  return new Page(base, secret, headers)
}

/** @returns what the web app was denied so far */
export function deniedToWebApp(): [string, unknown][] {
  return Object.entries(cloud.iamUsage().denied).filter(([role]) => role.startsWith('WebApp'))
}
