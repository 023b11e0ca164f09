/** The database that exports read, with its credentials from Secrets Manager. */
import { getSecret } from '@aws-lambda-powertools/parameters/secrets'
import { z } from 'zod'
import { DatabaseUnavailable } from '../engine/errors.ts'
import type { Source } from '../engine/source.ts'
import { mysqlSource } from '../engine/sources/mysql.ts'
import { readConfig } from './config.ts'
import { env } from './environment.ts'

const config = readConfig({
  [env.DATABASE_HOST]: z.string().min(1),
  [env.DATABASE_PORT]: z.coerce.number().int().min(1).max(65_535),
  [env.DATABASE_NAME]: z.string().min(1),
  [env.DATABASE_TLS]: z.enum(['required', 'off']),
  [env.DATABASE_TIME_ZONE]: z.string().min(1),
  [env.DATABASE_SECRET_ARN]: z.string().min(1),
})

/** As RDS writes it; what else it has (host, engine) is the server's own view and not ours. */
const Credentials = z.object({ username: z.string().min(1), password: z.string() })

/** A rotated password is read again after this. */
const SECRET_SECONDS = 60

/** @throws DatabaseUnavailable when the secret cannot be read, without a word of what is in it */
export async function openSource(): Promise<Source> {
  const { username: user, password } = await readCredentials()
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

async function readCredentials(): Promise<z.output<typeof Credentials>> {
  const arn = config[env.DATABASE_SECRET_ARN]
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
