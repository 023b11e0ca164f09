/**
 * How a function finds this laptop's database instead of the configured one: its address takes the configured host's
 * place in the environment, or it answers for the configured cluster; its account takes the secret's. No handler knows.
 */
import type { FunctionEnvironment, LaptopServices } from '@carryout/local'
import { env } from '../functions/common/environment.ts'

const LAPTOP_SECRET = 'carryout-laptop-database'

/** What only the server that the stack names is reached by. */
const OF_THE_CONFIGURED_SERVER = [
  env.DATABASE_TLS_SERVER_NAME,
  env.DATABASE_CA_FILE,
  env.DATABASE_CA_SECRET_ARN,
  env.DATABASE_USER,
]

/**
 * @param options.overrides further variables, for every function.
 * @returns what gives a function's variables as they are on this laptop.
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
      // Whoever tells operators of a failure leads them to this laptop's console.
      ...(env.OPERATOR_LANGUAGE in configured && { [env.CONSOLE_URL]: `${endpointUrl}/_carryout` }),
    }
    const cluster = variables[env.DATABASE_CLUSTER_ARN]
    if (cluster === undefined && !(env.DATABASE_HOST in variables)) return { ...variables, ...overrides }
    // An account of IAM has no secret; here it gets a password like any other.
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
