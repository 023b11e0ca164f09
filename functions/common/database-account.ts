/** Who logs in to the database: an account whose password a secret holds, or one that IAM vouches for. */
import { Signer } from '@aws-sdk/rds-signer'
import * as z from 'zod'
import type { MysqlAddress } from '../../engine/sources/mysql.ts'
import { DatabaseMisconfigured, DatabaseUnavailable } from '../../statemachine/errors.ts'
import { readSecret } from './secrets.ts'

/** As RDS writes it, with what an account may have that requires a certificate; what else it has (host, engine) is not ours. */
const Secret = z.object({
  username: z.string().min(1),
  password: z.string(),
  clientCertificate: z.string().min(1).optional(),
  clientKey: z.string().min(1).optional(),
})

/** A rotated password is read again after this. */
export const SECRET_SECONDS = 60

export type Account = Pick<MysqlAddress, 'user' | 'password' | 'iam'> & {
  /** PEM. */
  clientCertificate?: string | undefined
  /** PEM. */
  clientKey?: string | undefined
}

/**
 * @throws DatabaseUnavailable when the secret cannot be read, without a word of what is in it
 * @throws DatabaseMisconfigured when it holds something else
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

/** A token is signed for each connection, since it opens none after 15 minutes. That calls nobody. */
export function iamAccount({ host, port, user }: { host: string; port: number; user: string }): Account {
  const signer = new Signer({ hostname: host, port, username: user })
  return { user, password: () => signer.getAuthToken(), iam: true }
}

/** @throws DatabaseUnavailable */
export async function readDatabaseSecret(arn: string, what: string): Promise<string> {
  try {
    return await readSecret(arn, SECRET_SECONDS)
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.name : 'unknown'
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
