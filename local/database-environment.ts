/**
 * How a function finds this laptop's database instead of the configured one: its address takes the configured host's
 * place in the environment, its account the secret's. No handler knows.
 */
import { env } from '../functions/environment.ts'
import type { Database } from './database/database.ts'
import type { Secrets } from './services/secrets.ts'

/**
 * @param options.overrides further variables, for every function.
 * @returns what gives a function's variables as they are on this laptop.
 */
export function laptopEnvironment(options: {
  database: Pick<Database, 'host' | 'port' | 'database' | 'exporter'>
  secrets: Secrets
  overrides: Record<string, string>
}): (variables: Record<string, string>) => Record<string, string> {
  const { database, secrets, overrides } = options
  return (variables) => {
    if (!(env.DATABASE_HOST in variables)) return { ...variables, ...overrides }
    const secret = variables[env.DATABASE_SECRET_ARN]
    if (secret !== undefined) secrets.bind(secret, () => JSON.stringify(database.exporter))
    return {
      ...variables,
      [env.DATABASE_HOST]: database.host,
      [env.DATABASE_PORT]: String(database.port),
      [env.DATABASE_NAME]: database.database,
      [env.DATABASE_TLS]: 'off',
      ...overrides,
    }
  }
}
