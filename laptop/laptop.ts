/** Boots the local cloud with the app's own stack, whose functions read this laptop's database. */

import { join } from 'node:path'
import { DEFAULT_STACK } from '@carryout/client'
import { type Cloud, type CloudOptions, type StackTemplate, startCloud } from '@carryout/local'
import { env } from '../functions/common/environment.ts'
import { configuredEngine, engineNotice } from './engine-notice.ts'
import { laptopEnvironment } from './environment.ts'
import { synthesize } from './synthesize.ts'

export interface LaptopOptions extends Omit<CloudOptions, 'assembly' | 'database' | 'environment' | 'site'> {
  /** By default the app's own stack is synthesized into the state directory. */
  assembly?: CloudOptions['assembly'] | undefined
  /** The schema, unless `databaseUrl` has one, or a function that finds it in the assembly; `shop` by default. */
  database?: string | ((stacks: StackTemplate[]) => string | undefined) | undefined
  /** Returns the stack that the console shows, once there is an assembly; the sample's by default. */
  stackName?: (() => string) | undefined
  /** Additional environment variables for every function. */
  environment?: Record<string, string> | undefined
}

const DEFAULT_SCHEMA = 'shop'

/** @throws the errors of `startCloud`, and SynthFailed, each with a message for the user (see `isUserError`) */
export async function startLaptop({
  assembly,
  database = DEFAULT_SCHEMA,
  environment = {},
  stackName = () => DEFAULT_STACK,
  ...options
}: LaptopOptions): Promise<Cloud> {
  const { stateDirectory, onProgress } = options
  const ownAssembly = async (signal: AbortSignal | undefined) => {
    const directory = join(stateDirectory, 'assembly')
    await synthesize({ directory, ...(onProgress && { onProgress }), signal })
    return directory
  }
  let directory = ''
  const cloud = await startCloud({
    ...options,
    database: typeof database === 'string' ? database : (stacks) => database(stacks) ?? DEFAULT_SCHEMA,
    async assembly(signal) {
      directory = typeof assembly === 'string' ? assembly : await (assembly ?? ownAssembly)(signal)
      return directory
    },
    environment: (services) =>
      laptopEnvironment({ ...services, overrides: { ...authorsEnvironment(), ...environment } }),
    async site() {
      const { consoleSite } = await import('./site.ts')
      return (place) => consoleSite(stackName(), place)
    },
  })
  const notice = engineNotice(cloud.database, configuredEngine(directory))
  if (notice) onProgress?.(notice)
  return cloud
}

/** Variables that an author may set for functions on this machine; docs/exports.md lists them. */
function authorsEnvironment(): Record<string, string> {
  const errors = process.env[env.DATABASE_ERRORS]
  return errors === undefined ? {} : { [env.DATABASE_ERRORS]: errors }
}
