import { ArnFormat, Stack, Tokenization } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { env } from '../functions/common/environment.ts'
import { grantValue } from './secret.ts'
import type { Settings } from './settings.ts'

interface EitherProps {
  /**
   * Product and version, such as `mysql-8.4`, `aurora-mysql-3` or `mariadb-10.11`. The local cloud uses it to report differences
   * from the laptop's database.
   * @default - unknown
   */
  readonly engine?: string
  /** The schema that the exports query. */
  readonly name: string
  /**
   * The session's time zone, in which TIMESTAMP columns are written.
   * @default '+00:00'
   */
  readonly timeZone?: string
}

/** A MySQL, MariaDB or Aurora database that is reached through a network. */
export interface ServerProps extends EitherProps {
  /** The endpoint's host name. Use the reader endpoint if there is one. */
  readonly host: string
  /**
   * The port.
   * @default 3306
   */
  readonly port?: number
  /**
   * `required` verifies the server against Amazon's certificate authorities and Node's own; `off` connects in plain text.
   * @default 'required'
   */
  readonly tls?: 'required' | 'off' | TlsProps
  /**
   * `{ "username": …, "password": … }` of a read-only user, in the form that RDS uses. If the account requires a client
   * certificate, also `clientCertificate` and `clientKey`, both in PEM.
   * @default none with `auth: 'iam'`; otherwise required
   */
  readonly secret?: ISecret
  /**
   * `iam` logs in with an IAM token instead of a password; it needs `user` and `resourceId`.
   * @default 'password'
   */
  readonly auth?: 'password' | 'iam'
  /**
   * The account for `auth: 'iam'`, which must be IDENTIFIED WITH AWSAuthenticationPlugin AS "RDS".
   * @default the secret's
   */
  readonly user?: string
  /**
   * The resource that `auth: 'iam'` may connect to: `DbiResourceId` of an instance, `DbClusterResourceId` of a cluster, or a proxy's `prx-…`.
   * @default none; only for `auth: 'iam'`
   */
  readonly resourceId?: string
}

/** TLS with your own certificate authority, or to a host whose certificate has another name. */
export interface TlsProps {
  /**
   * The path of a PEM file with the authorities that may have signed the server's certificate. It is deployed with the
   * function.
   * @default Amazon's authorities and Node's own
   */
  readonly ca?: string
  /**
   * A secret that holds the same PEM, instead of a file. It can be changed without a deployment.
   * @default none
   */
  readonly caSecret?: ISecret
  /**
   * The name in the server's certificate, if `host` is an alias.
   * @default the host
   */
  readonly serverName?: string
}

/** An Aurora MySQL cluster that is read through the RDS Data API, which needs no network. */
export interface ClusterProps extends EitherProps {
  /** The cluster's ARN. Its Data API must be enabled. */
  readonly clusterArn: string
  /** `{ "username": …, "password": … }` of a read-only user, in the form that RDS uses. */
  readonly secret: ISecret
}

/** The database that the exports query. */
export type DatabaseProps = ServerProps | ClusterProps

/** The secrets that a function needs for its database. */
export interface DatabaseSecrets {
  readonly secret: ISecret | undefined
  readonly caSecret: ISecret | undefined
}

/** Separates the secrets from the other settings, which are plain data that can be validated. */
export function separate({ secret, ...database }: DatabaseProps): DatabaseSecrets & { settings: object } {
  const secretArn = secret?.secretArn
  if (!('tls' in database) || typeof database.tls !== 'object')
    return { settings: { ...database, secretArn }, secret, caSecret: undefined }
  const { caSecret, ...tls } = database.tls
  const caSecretArn = caSecret?.secretArn
  return { settings: { ...database, secretArn, tls: { ...tls, caSecretArn } }, secret, caSecret }
}

/** The actions for the export's transaction and its statements. */
const DATA_API_ACTIONS = [
  'rds-data:BeginTransaction',
  'rds-data:CommitTransaction',
  'rds-data:ExecuteStatement',
  'rds-data:RollbackTransaction',
]

/** The name of the `tls.ca` file in the function's code. */
export const AUTHORITY_FILE = 'database-ca.pem'

/** Configures a function for the database and grants it the log-in. A server also needs a network that reaches it. */
export function grantQuery(fn: LambdaFunction, database: Settings['database'], { secret, caSecret }: DatabaseSecrets) {
  fn.addEnvironment(env.DATABASE_NAME, database.name)
  fn.addEnvironment(env.DATABASE_TIME_ZONE, database.timeZone)
  if (secret) {
    fn.addEnvironment(env.DATABASE_SECRET_ARN, secret.secretArn)
    grantValue(fn, secret)
  }
  if ('clusterArn' in database) {
    fn.addEnvironment(env.DATABASE_CLUSTER_ARN, database.clusterArn)
    // The Data API reads the secret with the caller's permissions.
    Grant.addToPrincipal({ grantee: fn, actions: DATA_API_ACTIONS, resourceArns: [database.clusterArn] })
    return
  }
  const { host, port, tls, user, resourceId } = database
  fn.addEnvironment(env.DATABASE_HOST, host)
  fn.addEnvironment(env.DATABASE_PORT, Tokenization.stringifyNumber(port))
  fn.addEnvironment(env.DATABASE_TLS, tls === 'off' ? 'off' : 'required')
  if (typeof tls === 'object') {
    if (tls.serverName) fn.addEnvironment(env.DATABASE_TLS_SERVER_NAME, tls.serverName)
    if (tls.ca) fn.addEnvironment(env.DATABASE_CA_FILE, AUTHORITY_FILE)
  }
  if (caSecret) {
    fn.addEnvironment(env.DATABASE_CA_SECRET_ARN, caSecret.secretArn)
    grantValue(fn, caSecret)
  }
  if (user && resourceId) {
    fn.addEnvironment(env.DATABASE_USER, user)
    Grant.addToPrincipal({
      grantee: fn,
      actions: ['rds-db:connect'],
      resourceArns: [accountArn(fn, `${resourceId}/${user}`)],
    })
  }
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html */
function accountArn(fn: LambdaFunction, resourceName: string): string {
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME
  return Stack.of(fn).formatArn({ service: 'rds-db', resource: 'dbuser', resourceName, arnFormat })
}
