/** The laptop's database as an Aurora cluster: what the Data API is asked for when no stack names a cluster of its own. */
import { awsArn } from '../arn.ts'
import type { Database } from '../database/database.ts'
import type { Secrets } from '../services/secrets.ts'
import { createRdsData, type RdsData } from './rds-data.ts'

/**
 * Serves `arn:aws:rds:<region>:<account>:cluster:laptop`. Its secret is
 * `arn:aws:secretsmanager:<region>:<account>:secret:laptop-database`, which holds the account that only reads. A further
 * cluster is bound by its ARN, and may be read with any secret that holds an account of this database.
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
