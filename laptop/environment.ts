/**
 * Makes a function use this laptop's database: the laptop's address replaces the configured host in its environment (or
 * serves the configured cluster), and its account replaces the secret's. Handlers need no branch for it.
 */
import type { FunctionEnvironment, LaptopServices } from '@carryout/local'
import { env } from '../functions/common/environment.ts'

const LAPTOP_SECRET = 'carryout-laptop-database'

/** Settings that apply only to the configured server. */
const OF_THE_CONFIGURED_SERVER = [
  env.DATABASE_TLS_SERVER_NAME,
  env.DATABASE_CA_FILE,
  env.DATABASE_CA_SECRET_ARN,
  env.DATABASE_USER,
]

/**
 * @param options.overrides additional variables, for every function
 * @returns a function that returns another function's variables on this laptop
 */
export function laptopEnvironment(
  options: LaptopServices & { overrides: Record<string, string> },
): FunctionEnvironment {
  const { database, secrets, rdsData, endpointUrl, overrides } = options
  const { host, port, database: name, exporter, tls } = database
  const account = { ...exporter, ...(tls?.ssl.cert && { clientCertificate: tls.ssl.cert, clientKey: tls.ssl.key }) }
  return (configured) => {
    const variables: Record<string, string> = {
      ...configured,
      // Functions that notify operators link to this laptop's console.
      ...(env.OPERATOR_LANGUAGE in configured && { [env.CONSOLE_URL]: `${endpointUrl}/_carryout` }),
    }
    const cluster = variables[env.DATABASE_CLUSTER_ARN]
    if (cluster === undefined && !(env.DATABASE_HOST in variables)) return { ...variables, ...overrides }
    // With IAM authentication there is no secret; here the account gets a password like any other.
    const secret = variables[env.DATABASE_SECRET_ARN] ?? LAPTOP_SECRET
    secrets.bind(secret, () => JSON.stringify(account))
    const named: Record<string, string> = { ...variables, [env.DATABASE_SECRET_ARN]: secret, [env.DATABASE_NAME]: name }
    if (cluster !== undefined) {
      rdsData.bind(cluster, { host, port, database: name, ssl: tls?.ssl })
      return { ...named, ...overrides }
    }
    for (const name of OF_THE_CONFIGURED_SERVER) delete named[name]
    return {
      ...named,
      [env.DATABASE_HOST]: host,
      [env.DATABASE_PORT]: String(port),
      [env.DATABASE_TLS]: tls ? 'required' : 'off',
      ...(tls?.serverName && { [env.DATABASE_TLS_SERVER_NAME]: tls.serverName }),
      ...(tls?.caFile && { [env.DATABASE_CA_FILE]: tls.caFile }),
      ...overrides,
    }
  }
}
