/** The database's settings: a server in a network, or an Aurora cluster that is read through the RDS Data API. */
import { isIP } from 'node:net'
import { Token } from 'aws-cdk-lib'
import { z } from 'zod'
import { issue } from './accept.ts'
import { isPrivateAddress } from './address.ts'
import { authIssues, authShape } from './database-auth.ts'
import { type GivenTls, tls } from './database-tls.ts'

/** Skips a check of a token, whose value only CloudFormation knows. */
const known = (test: (value: string) => boolean) => (value: string) => Token.isUnresolved(value) || test(value)

/** @param resource the part of the ARN after the account, as a regular expression */
export function arn(service: string, resource: string, example: string) {
  const pattern = new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]+:\\d{12}:${resource}$`)
  return z.string().refine(
    known((value) => pattern.test(value)),
    `must be a complete ARN such as ${example}`,
  )
}

/**
 * Returns the rest of a sentence about an ARN in another region than the stack's; undefined if it is in the same one or
 * unknown.
 */
export function otherRegion(value: string | undefined, region: string | undefined): string | undefined {
  if (!value || !region || Token.isUnresolved(value) || Token.isUnresolved(region)) return undefined
  const own = value.split(':')[3]
  if (own === region) return undefined
  return `is in ${own}, but the stack is deployed in ${region}: use one in ${region}, or change region`
}

const host = z
  .string()
  .refine(
    known((value) => /^[A-Za-z0-9.:-]+$/.test(value)),
    { error: 'must be a host name alone, without scheme, user or path', abort: true },
  )
  .refine(
    known((value) => isIP(value) !== 0 || !value.includes(':')),
    'must be a host name alone: move the number after the colon to port',
  )

const port = z.number('must be a whole number').check(({ value, issues }) => {
  if (Token.isUnresolved(value)) return
  if (!Number.isInteger(value)) issues.push(issue(value, [], 'must be a whole number'))
  else if (value < 1) issues.push(issue(value, [], 'must be at least 1'))
  else if (value > 65_535) issues.push(issue(value, [], 'must be at most 65535'))
})

/** The settings of both kinds; `checkKind` checks which belong to which. */
export const databaseShape = {
  host: host.optional(),
  port: port.optional(),
  clusterArn: arn('rds', 'cluster:[A-Za-z][A-Za-z0-9-]*', 'arn:aws:rds:eu-west-1:111122223333:cluster:shop').optional(),
  engine: z
    .string()
    .regex(
      /^(mysql|mariadb|aurora-mysql)-\d+(\.\d+)*$/,
      'must be product and version such as mysql-8.4, aurora-mysql-3 or mariadb-10.11',
    )
    .optional(),
  name: z.string().min(1, 'is empty: set it to the schema that the exports query'),
  tls: tls.optional(),
  ...authShape,
  timeZone: z
    .string()
    .regex(/^([+-](0\d|1[0-3]):[0-5]\d|\+14:00)$/, 'must be an offset such as "+09:00", from "-13:59" to "+14:00"')
    .default('+00:00'),
}
interface Given extends z.output<z.ZodObject<typeof authShape>> {
  host?: string | undefined
  port?: number | undefined
  clusterArn?: string | undefined
  tls?: GivenTls | undefined
}

/** Checks that the settings are of one kind only. */
export function checkKind({ value, issues }: z.core.ParsePayload<Given>) {
  const { host, clusterArn } = value
  if (host !== undefined && clusterArn !== undefined) {
    issues.push(issue(value, [], 'has both host and clusterArn: remove one'))
  } else if (clusterArn !== undefined) {
    issues.push(...clusterIssues(value))
  } else if (host !== undefined) {
    issues.push(...serverIssues(value, host))
  } else {
    const sentence =
      'has neither host nor clusterArn: set one, to the endpoint’s host name or to the ARN of an Aurora cluster'
    issues.push(issue(value, [], sentence))
  }
  issues.push(...authIssues(value))
}

function clusterIssues(value: Given) {
  return (['port', 'tls', 'auth', 'user', 'resourceId'] as const)
    .filter((name) => value[name] !== undefined)
    .map((name) =>
      issue(value, [name], 'is not used with clusterArn, which is read through the RDS Data API: remove it'),
    )
}

function serverIssues(value: Given, host: string) {
  if (isIP(host) === 0) return []
  if (value.tls !== 'off' && !(typeof value.tls === 'object' && value.tls.serverName)) {
    const sentence = `is the address ${host}, but a certificate names a host: use the endpoint’s name`
    return [issue(value, ['host'], sentence)]
  }
  if (value.tls !== 'off' || isPrivateAddress(host)) return []
  return [
    issue(value, ['tls'], `is off though ${host} is a public address: rows would cross the internet in plain text`),
  ]
}

/** Returns validated settings as one of the two kinds, with defaults. */
export function ofKind<T extends Given>(value: T) {
  const { host = '', port = 3306, tls = 'required', clusterArn, ...both } = value
  return clusterArn === undefined ? { ...both, host, port, tls } : { ...both, clusterArn }
}

export const Database = z.strictObject(databaseShape).check(checkKind).transform(ofKind)

interface Network {
  vpc?: unknown
  vpcSubnets?: unknown
  securityGroups?: unknown
}

/** Checks that a server has a network, and that the Data API has none. */
export function checkNetwork(database: { name: string; clusterArn?: string | undefined }, network: Network) {
  if (database.clusterArn === undefined) {
    if (network.vpc !== undefined) return []
    const sentence =
      'is missing, but database.host can be reached only through its network: set vpc, or use an Aurora cluster (database.clusterArn)'
    return [issue(network, ['vpc'], sentence)]
  }
  return Object.entries(network)
    .filter(([, value]) => value !== undefined)
    .map(([name]) =>
      issue(network, [name], 'is not used with database.clusterArn, which is read through the RDS Data API: remove it'),
    )
}
