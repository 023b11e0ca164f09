import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'
import { env } from '../functions/environment.ts'
import type { Settings } from './settings.ts'

/** The MySQL, MariaDB or Aurora that the exports query. */
export interface DatabaseProps {
  /** The endpoint's host name; a reader's, if there is one. */
  readonly host: string
  /**
   * The port.
   * @default 3306
   */
  readonly port?: number
  /** The schema that the exports query. */
  readonly name: string
  /** `{ "username": …, "password": … }` of a user that may only read, as RDS writes it. */
  readonly secret: ISecret
  /**
   * `required` verifies the server against Amazon's certificate authorities; `off` is plain text.
   * @default 'required'
   */
  readonly tls?: 'required' | 'off'
  /**
   * The session's time zone, which TIMESTAMP columns are shown in.
   * @default '+00:00'
   */
  readonly timeZone?: string
}

/** Tells a function the database and lets it read the secret. Its network must reach the database besides. */
export function grantQuery(fn: LambdaFunction, database: Settings['database'], secret: ISecret) {
  fn.addEnvironment(env.DATABASE_HOST, database.host)
  fn.addEnvironment(env.DATABASE_PORT, String(database.port))
  fn.addEnvironment(env.DATABASE_NAME, database.name)
  fn.addEnvironment(env.DATABASE_TLS, database.tls)
  fn.addEnvironment(env.DATABASE_TIME_ZONE, database.timeZone)
  fn.addEnvironment(env.DATABASE_SECRET_ARN, secret.secretArn)
  secret.grantRead(fn)
  // grantRead opens a key that is made in this app, but not one that is only named.
  secret.encryptionKey?.grantDecrypt(fn)
}
