/** The database that exports read: a server, with its credentials from Secrets Manager, or a cluster through the RDS Data API. */
import { getSecret } from '@aws-lambda-powertools/parameters/secrets'
import { RDSDataClient } from '@aws-sdk/client-rds-data'
import { z } from 'zod'
import { dataApiSource } from '../../engine/sources/data-api.ts'
import { mysqlSource } from '../../engine/sources/mysql.ts'
import type { Source } from '../../engine/sources/source.ts'
import { DatabaseUnavailable } from '../../statemachine/errors.ts'
import { readConfig } from './config.ts'
import { env } from './environment.ts'

/** As RDS writes it; what else it has (host, engine) is the server's own view and not ours. */
const Credentials = z.object({ username: z.string().min(1), password: z.string() })

/** A rotated password is read again after this. */
const SECRET_SECONDS = 60

/** The Data API lets a statement run for 45 seconds. Without the last option the SDK only warns, and waits on. */
const REQUEST_HANDLER = { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true }

const both = {
  [env.DATABASE_NAME]: z.string().min(1),
  [env.DATABASE_TIME_ZONE]: z.string().min(1),
  [env.DATABASE_SECRET_ARN]: z.string().min(1),
}

/** @throws DatabaseUnavailable when a server's secret cannot be read, without a word of what is in it */
export const openSource: () => Promise<Source> = isCluster() ? openCluster() : openServer()

/** @throws Error where the environment names no database, or two */
function isCluster(): boolean {
  const kinds = [env.DATABASE_CLUSTER_ARN, env.DATABASE_HOST]
  const [named, second] = kinds.filter((name) => process.env[name])
  if (named !== undefined && second === undefined) return named === env.DATABASE_CLUSTER_ARN
  const has = named === undefined ? 'neither' : 'both'
  throw new Error(
    `The function's environment is wrong: it must have one of ${kinds.join(' and ')}, and has ${has}. Deploy the stack again.`,
  )
}

function openCluster(): () => Promise<Source> {
  const config = readConfig({ ...both, [env.DATABASE_CLUSTER_ARN]: z.string().min(1) })
  const client = new RDSDataClient({ requestHandler: REQUEST_HANDLER })
  const source = dataApiSource({
    client,
    resourceArn: config[env.DATABASE_CLUSTER_ARN],
    secretArn: config[env.DATABASE_SECRET_ARN],
    database: config[env.DATABASE_NAME],
    timeZone: config[env.DATABASE_TIME_ZONE],
  })
  return async () => source
}

function openServer(): () => Promise<Source> {
  const config = readConfig({
    ...both,
    [env.DATABASE_HOST]: z.string().min(1),
    [env.DATABASE_PORT]: z.coerce.number().int().min(1).max(65_535),
    [env.DATABASE_TLS]: z.enum(['required', 'off']),
  })
  return async () => {
    const { username: user, password } = await readCredentials(config[env.DATABASE_SECRET_ARN])
    return mysqlSource({
      host: config[env.DATABASE_HOST],
      port: config[env.DATABASE_PORT],
      database: config[env.DATABASE_NAME],
      tls: config[env.DATABASE_TLS],
      timeZone: config[env.DATABASE_TIME_ZONE],
      user,
      password,
    })
  }
}

async function readCredentials(arn: string): Promise<z.output<typeof Credentials>> {
  let secret: unknown
  try {
    secret = await getSecret(arn, { maxAge: SECRET_SECONDS, transform: 'json' })
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.name : 'it is no JSON'
    throw new DatabaseUnavailable(`The database's secret ${arn} cannot be read (${reason}).`)
  }
  const credentials = Credentials.safeParse(secret)
  if (credentials.success) return credentials.data
  throw new DatabaseUnavailable(
    `The database's secret ${arn} has no username and password: {"username":"…","password":"…"}`,
  )
}
