/** The clusters that the Data API serves, and how a call's secret opens them. */
import { z } from 'zod'
import type { Ssl } from '../database/external-tls.ts'
import { RdsDataError } from './errors.ts'
import { parseJson } from './http.ts'
import type { SessionAddress } from './session.ts'

export interface Cluster {
  host: string
  port: number
  /** Used if a call names no database. */
  database?: string
  /** mysql2's `ssl` option; undefined for plain text. */
  ssl?: Ssl | undefined
}

/** What a call says of its cluster. */
interface Place {
  resourceArn: string
  secretArn: string
  database?: string | undefined
  schema?: string | undefined
}

export interface Clusters {
  /** Serves the cluster with this ARN. */
  bind(resourceArn: string, cluster: Cluster): void
  /** @throws RdsDataError */
  addressOf(place: Place): SessionAddress
}

const Secret = z.object({ username: z.string().min(1), password: z.string() })

/** @param secret returns a secret's value by its ARN or name; undefined if there is none */
export function createClusters(secret: (secretArn: string) => string | undefined): Clusters {
  const clusters = new Map<string, Cluster>()

  function addressOf({ resourceArn, secretArn, database, schema }: Place): SessionAddress {
    if (schema !== undefined) {
      throw new RdsDataError('BadRequestException', 'The schema parameter isn’t supported: use the database parameter.')
    }
    const cluster = clusters.get(resourceArn)
    if (!cluster) {
      throw new RdsDataError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint isn't enabled for cluster ${resourceArn}. The local cloud has ${[...clusters.keys()].join(', ') || 'none'}.`,
      )
    }
    const { username: user, password } = credentialsOf(secretArn)
    const { host, port, ssl } = cluster
    return { host, port, user, password, database: database ?? cluster.database, ...(ssl && { ssl }) }
  }

  function credentialsOf(secretArn: string): z.output<typeof Secret> {
    const value = secret(secretArn)
    if (value === undefined) {
      throw new RdsDataError('SecretsErrorException', "Secrets Manager can't find the specified secret.")
    }
    const parsed = Secret.safeParse(parseJson(value))
    if (parsed.success) return parsed.data
    throw new RdsDataError('InvalidSecretException', 'The secret has no username and password.')
  }

  return {
    bind: (resourceArn, cluster) => void clusters.set(resourceArn, cluster),
    addressOf,
  }
}
