/** Boots the local cloud with the app's own stack, whose functions read this laptop's database. */

import { join } from 'node:path'
import { DEFAULT_STACK } from '@carryout/client'
import { createOperator } from '@carryout/client/operator'
import { type Cloud, type CloudOptions, startCloud } from '@carryout/local'
import { getRequestListener } from '@hono/node-server'
import { createConsole } from '../console/console.ts'
import { LANGUAGE_COOKIE } from '../console/routes/view.ts'
import { env } from '../functions/common/environment.ts'
import { configuredEngine, engineNotice } from './engine-notice.ts'
import { laptopEnvironment } from './environment.ts'
import { synthesize } from './synthesize.ts'

export interface LaptopOptions
  extends Omit<CloudOptions, 'assembly' | 'database' | 'environment' | 'site' | 'languageCookie'> {
  /** A synthesized cloud assembly; by default the app's own stack is synthesized into the state directory. */
  assembly?: string | undefined
  /** The schema, unless `databaseUrl` has one; `shop` by default. */
  database?: string | undefined
  /** The stack that the console shows; the sample's by default. */
  stackName?: string | undefined
  /** Additional environment variables for every function. */
  environment?: Record<string, string> | undefined
}

/** @throws the errors of `startCloud`, and SynthFailed, each with a message for the user (see `isUserError`) */
export async function startLaptop({
  assembly,
  database = 'shop',
  environment = {},
  stackName = DEFAULT_STACK,
  ...options
}: LaptopOptions): Promise<Cloud> {
  const { stateDirectory, onProgress } = options
  const ownAssembly = async (signal: AbortSignal | undefined) => {
    const directory = join(stateDirectory, 'assembly')
    await synthesize({ directory, ...(onProgress && { onProgress }), signal })
    return directory
  }
  const cloud = await startCloud({
    ...options,
    database,
    assembly: assembly ?? ownAssembly,
    environment: (services) =>
      laptopEnvironment({ ...services, overrides: { ...authorsEnvironment(), ...environment } }),
    site: (place) => consoleOf(stackName, place),
    languageCookie: LANGUAGE_COOKIE,
  })
  const notice = engineNotice(cloud.database, configuredEngine(assembly ?? join(stateDirectory, 'assembly')))
  if (notice) onProgress?.(notice)
  return cloud
}

/** Variables that an author may set for functions on this machine; docs/exports.md lists them. */
function authorsEnvironment(): Record<string, string> {
  const errors = process.env[env.DATABASE_ERRORS]
  return errors === undefined ? {} : { [env.DATABASE_ERRORS]: errors }
}

/** The operator's console for the user of this machine. */
function consoleOf(stackName: string, { endpointUrl, region }: { endpointUrl: string; region: string }) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const carryout = createOperator({ stackName }, { endpoint: endpointUrl, region, credentials })
  const { fetch } = createConsole({ carryout, basePath: '/_carryout', outbox: true })
  return getRequestListener(fetch)
}
