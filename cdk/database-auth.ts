/** How Carryout logs in to the database: with the account in a secret, or with IAM authentication. */
import { Token } from 'aws-cdk-lib'
import { z } from 'zod'
import { issue } from './accept.ts'
import type { GivenTls } from './database-tls.ts'

const known = (pattern: RegExp) => (value: string) => Token.isUnresolved(value) || pattern.test(value)

export const authShape = {
  auth: z.enum(['password', 'iam']).optional(),
  secretArn: z.string().optional(),
  user: z
    .string()
    .refine(known(/^\w{1,32}$/), 'must be an account’s name, of letters, digits and underscores')
    .optional(),
  resourceId: z
    .string()
    .refine(
      known(/^(db|cluster|prx)-[A-Za-z0-9]+$/),
      'must be a resource ID such as db-ABCDEFGHIJKL01234 or cluster-ABCDEFGHIJKL01234',
    )
    .optional(),
}

interface Given extends z.output<z.ZodObject<typeof authShape>> {
  tls?: GivenTls | undefined
  clusterArn?: string | undefined
}

/** Returns contradictions between the settings, at the database's path. */
export function authIssues(value: Given) {
  const { auth, secretArn, user, resourceId, tls, clusterArn } = value
  const refuse = (path: string[], sentence: string) => [issue(value, path, sentence)]
  if (auth !== 'iam') {
    const without = 'has no secret with a username and password: pass one, or use auth "iam"'
    if (secretArn === undefined) return refuse([], without)
    if (clusterArn !== undefined) return []
    return (['user', 'resourceId'] as const)
      .filter((name) => value[name] !== undefined)
      .flatMap((name) => refuse([name], 'is used only with auth "iam": remove it, or set auth'))
  }
  if (clusterArn !== undefined) return []
  return [
    ...(secretArn === undefined ? [] : refuse([], 'has a secret, which auth "iam" does not use: remove it')),
    ...(tls === 'off'
      ? refuse(['tls'], 'is off, but auth "iam" sends its token in clear text: remove the setting')
      : []),
    ...(user === undefined ? refuse(['user'], 'is missing: auth "iam" needs the name of the account') : []),
    ...(resourceId === undefined
      ? refuse(
          ['resourceId'],
          'is missing: auth "iam" needs the resource ID of the instance, cluster or proxy (DbiResourceId, DbClusterResourceId)',
        )
      : []),
  ]
}
