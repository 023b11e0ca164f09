/** The laptop's database as an Aurora cluster, for stacks without a cluster of their own. */
import { awsArn } from '../arn.ts'
import type { Database } from '../database/database.ts'
import type { Secrets } from '../services/secrets.ts'
import { createRdsData, type RdsData } from './rds-data.ts'

/**
 * Serves `arn:aws:rds:<region>:<account>:cluster:laptop`. Its secret is
 * `arn:aws:secretsmanager:<region>:<account>:secret:laptop-database`, with the read-only account. Another cluster is
 * bound by its ARN, and may be read with any secret that has an account of this database.
 */
export function createLaptopRdsData(options: {
  database: Pick<Database, 'host' | 'port' | 'database' | 'exporter' | 'tls'>
  secrets: Secrets
  region: string
  accountId: string
}): RdsData {
  const { database, secrets, ...place } = options
  const { host, port, database: name, exporter } = database
  secrets.bind(awsArn('secretsmanager', 'secret:laptop-database-LAPTOP', place), () => JSON.stringify(exporter))
  const rdsData = createRdsData({ secret: (id) => secrets.valueOf(id) })
  rdsData.bind(awsArn('rds', 'cluster:laptop', place), {
    host,
    port,
    database: name,
    ssl: database.tls?.ssl,
  })
  return rdsData
}
