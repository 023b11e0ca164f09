/** The account that logs in to the database, with a password from a secret or with IAM authentication. */
import { Signer } from '@aws-sdk/rds-signer'
import * as z from 'zod'
import type { MysqlAddress } from '../../engine/sources/mysql.ts'
import { DatabaseMisconfigured, DatabaseUnavailable } from '../../statemachine/errors.ts'
import { readSecret } from './secrets.ts'

/**
 * A secret in the format of RDS, plus the client certificate of an account that requires one. Other fields (host,
 * engine) are ignored.
 */
const Secret = z.object({
  username: z.string().min(1),
  password: z.string(),
  clientCertificate: z.string().min(1).optional(),
  clientKey: z.string().min(1).optional(),
})

/** Seconds after which the secret is read again, in case it was rotated. */
const SECRET_SECONDS = 60

export type Account = Pick<MysqlAddress, 'user' | 'password' | 'iam'> & {
  /** PEM. */
  clientCertificate?: string | undefined
  /** PEM. */
  clientKey?: string | undefined
}

/**
 * @throws DatabaseUnavailable if the secret cannot be read
 * @throws DatabaseMisconfigured if its content is not valid. Neither message quotes the content
 */
export async function secretAccount(arn: string): Promise<Account> {
  const text = await readDatabaseSecret(arn, 'The database’s secret')
  const secret = Secret.safeParse(parse(text))
  if (!secret.success) {
    throw new DatabaseMisconfigured(
      `The database’s secret ${arn} has no username and password. It must be JSON: {"username":"…","password":"…"}`,
    )
  }
  const { username: user, ...rest } = secret.data
  return { user, ...rest }
}

/**
 * Returns an account that signs a token for each connection, because a token opens none after 15 minutes. Signing needs
 * no call.
 */
export function iamAccount({ host, port, user }: { host: string; port: number; user: string }): Account {
  const signer = new Signer({ hostname: host, port, username: user })
  return { user, password: () => signer.getAuthToken(), iam: true }
}

/** @throws DatabaseUnavailable */
export async function readDatabaseSecret(arn: string, what: string): Promise<string> {
  try {
    return await readSecret(arn, SECRET_SECONDS)
  } catch (error) {
    const { cause } = error as Error
    const reason = cause instanceof Error ? cause.name : 'unknown'
    throw new DatabaseUnavailable(`${what} ${arn} cannot be read (${reason}).`)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
