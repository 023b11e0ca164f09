/** Opens the database that exports read: a server, or a cluster through the RDS Data API. */
import type { Source } from '../../engine/sources/source.ts'
import { connect, limits } from './clients.ts'
import { oneOf, optional, readConfig, text, wholeNumber } from './config.ts'
import { iamAccount, secretAccount } from './database-account.ts'
import { readAuthority } from './database-authority.ts'
import { env } from './environment.ts'

const both = {
  [env.DATABASE_NAME]: text,
  [env.DATABASE_TIME_ZONE]: text,
  [env.DATABASE_ERRORS]: optional(oneOf(['whole', 'hidden']), 'hidden'),
}

/** Returns a listener that writes to stderr, which is the function's log. */
function listenerOf(config: { [env.DATABASE_ERRORS]: 'whole' | 'hidden' }): ((message: string) => void) | undefined {
  return config[env.DATABASE_ERRORS] === 'whole' ? (message) => console.error(`Database error: ${message}`) : undefined
}

/**
 * @throws DatabaseUnavailable if a server's secret cannot be read
 * @throws DatabaseMisconfigured if its content is not valid. Neither message quotes the content
 */
export const openSource: () => Promise<Source> = isCluster() ? await openCluster() : await openServer()

/** @throws Error if the environment has no database, or two */
function isCluster(): boolean {
  const kinds = [env.DATABASE_CLUSTER_ARN, env.DATABASE_HOST]
  const [named, second] = kinds.filter((name) => process.env[name])
  if (named !== undefined && second === undefined) return named === env.DATABASE_CLUSTER_ARN
  const has = named === undefined ? 'neither' : 'both'
  throw new Error(
    `The function's environment is not valid: it must have one of ${kinds.join(' and ')}, but has ${has}. Deploy the stack again.`,
  )
}

async function openCluster(): Promise<() => Promise<Source>> {
  const { RDSDataClient } = await import('@aws-sdk/client-rds-data')
  const { dataApiSource } = await import('../../engine/sources/data-api.ts')
  const config = readConfig({
    ...both,
    [env.DATABASE_CLUSTER_ARN]: text,
    [env.DATABASE_SECRET_ARN]: text,
  })
  const source = dataApiSource({
    client: connect(RDSDataClient, limits.statement),
    resourceArn: config[env.DATABASE_CLUSTER_ARN],
    secretArn: config[env.DATABASE_SECRET_ARN],
    database: config[env.DATABASE_NAME],
    timeZone: config[env.DATABASE_TIME_ZONE],
    onServerError: listenerOf(config),
  })
  return async () => source
}

async function openServer(): Promise<() => Promise<Source>> {
  const { mysqlSource } = await import('../../engine/sources/mysql.ts')
  const config = readConfig({
    ...both,
    [env.DATABASE_HOST]: text,
    [env.DATABASE_PORT]: wholeNumber({ min: 1, max: 65_535 }),
    [env.DATABASE_TLS]: oneOf(['required', 'off']),
    [env.DATABASE_TLS_SERVER_NAME]: optional(text),
    [env.DATABASE_CA_FILE]: optional(text),
    [env.DATABASE_CA_SECRET_ARN]: optional(text),
    ...accountConfig(),
  })
  const host = config[env.DATABASE_HOST]
  const port = config[env.DATABASE_PORT]
  const serverName = config[env.DATABASE_TLS_SERVER_NAME]
  return async () => {
    const user = config[env.DATABASE_USER]
    const { clientCertificate, clientKey, ...account } = user
      ? // A token is valid only for the server's own name, not for an alias.
        iamAccount({ host: serverName ?? host, port, user })
      : await secretAccount(config[env.DATABASE_SECRET_ARN]!)
    const trust = { file: config[env.DATABASE_CA_FILE], secretArn: config[env.DATABASE_CA_SECRET_ARN] }
    return mysqlSource({
      ...account,
      host,
      port,
      database: config[env.DATABASE_NAME],
      timeZone: config[env.DATABASE_TIME_ZONE],
      onServerError: listenerOf(config),
      tls:
        config[env.DATABASE_TLS] === 'off'
          ? 'off'
          : { ca: await readAuthority(trust), serverName, certificate: clientCertificate, key: clientKey },
    })
  }
}

/** The variables of the account: that of a secret, or one for IAM authentication. */
function accountConfig() {
  const given = process.env[env.DATABASE_USER] !== undefined
  return {
    [env.DATABASE_USER]: given ? text : optional(text),
    [env.DATABASE_SECRET_ARN]: given ? optional(text) : text,
  }
}
