import { Grant } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { env } from '../functions/common/environment.ts'
import type { Settings } from './settings.ts'

interface EitherProps {
  /**
   * Product and version, such as `mysql-8.4`, `aurora-mysql-3` or `mariadb-10.11`: a laptop says where its own differ.
   * @default - unknown
   */
  readonly engine?: string
  /** The schema that the exports query. */
  readonly name: string
  /** `{ "username": …, "password": … }` of a user that may only read, as RDS writes it. */
  readonly secret: ISecret
  /**
   * The session's time zone, which TIMESTAMP columns are shown in.
   * @default '+00:00'
   */
  readonly timeZone?: string
}

/** A MySQL, MariaDB or Aurora that is reached through a network. */
export interface ServerProps extends EitherProps {
  /** The endpoint's host name; a reader's, if there is one. */
  readonly host: string
  /**
   * The port.
   * @default 3306
   */
  readonly port?: number
  /**
   * `required` verifies the server against Amazon's certificate authorities; `off` is plain text.
   * @default 'required'
   */
  readonly tls?: 'required' | 'off'
}

/** An Aurora MySQL that is read through the RDS Data API, which needs no network. */
export interface ClusterProps extends EitherProps {
  /** The cluster's ARN; its Data API must be enabled. */
  readonly clusterArn: string
}

/** The database that the exports query. */
export type DatabaseProps = ServerProps | ClusterProps

/** The export's transaction, and what is asked in it. */
const DATA_API_ACTIONS = [
  'rds-data:BeginTransaction',
  'rds-data:CommitTransaction',
  'rds-data:ExecuteStatement',
  'rds-data:RollbackTransaction',
]

/** Tells a function the database and lets it read the secret. Its network must reach a server besides. */
export function grantQuery(fn: LambdaFunction, database: Settings['database'], secret: ISecret) {
  fn.addEnvironment(env.DATABASE_NAME, database.name)
  fn.addEnvironment(env.DATABASE_TIME_ZONE, database.timeZone)
  fn.addEnvironment(env.DATABASE_SECRET_ARN, secret.secretArn)
  secret.grantRead(fn)
  // grantRead opens a key that is made in this app, but not one that is only named.
  secret.encryptionKey?.grantDecrypt(fn)
  if ('clusterArn' in database) {
    fn.addEnvironment(env.DATABASE_CLUSTER_ARN, database.clusterArn)
    // The Data API reads the secret with the caller's rights.
    Grant.addToPrincipal({ grantee: fn, actions: DATA_API_ACTIONS, resourceArns: [database.clusterArn] })
  } else {
    fn.addEnvironment(env.DATABASE_HOST, database.host)
    fn.addEnvironment(env.DATABASE_PORT, String(database.port))
    fn.addEnvironment(env.DATABASE_TLS, database.tls)
  }
}
