/**
 * How a function finds this laptop's database instead of the configured one: its address takes the configured host's
 * place in the environment, or it answers for the configured cluster; its account takes the secret's. No handler knows.
 */
import type { FunctionEnvironment, LaptopServices } from '@carryout/local'
import { env } from '../functions/common/environment.ts'

/**
 * @param options.overrides further variables, for every function.
 * @returns what gives a function's variables as they are on this laptop.
 */
export function laptopEnvironment(
  options: LaptopServices & { overrides: Record<string, string> },
): FunctionEnvironment {
  const { database, secrets, rdsData, overrides } = options
  const { host, port, database: name, exporter } = database
  return (variables) => {
    const cluster = variables[env.DATABASE_CLUSTER_ARN]
    if (cluster === undefined && !(env.DATABASE_HOST in variables)) return { ...variables, ...overrides }
    const secret = variables[env.DATABASE_SECRET_ARN]
    if (secret !== undefined) secrets.bind(secret, () => JSON.stringify(exporter))
    if (cluster !== undefined) rdsData.bind(cluster, { host, port, database: name })
    return {
      ...variables,
      ...(cluster === undefined && {
        [env.DATABASE_HOST]: host,
        [env.DATABASE_PORT]: String(port),
        [env.DATABASE_TLS]: 'off',
      }),
      [env.DATABASE_NAME]: name,
      ...overrides,
    }
  }
}
