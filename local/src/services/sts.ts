/** STS: GetCallerIdentity, with which tools learn the account, and AssumeRole, with which a web app gets its role. */
import { awsArn } from '../arn.ts'
import type { Iam } from '../iam/iam.ts'
import { AwsError, type Handler } from '../protocol.ts'
import { awsQuery } from '../query.ts'

/** The reported lifetime; the credentials actually work as long as the local cloud keeps its state. */
const SESSION_MILLIS = 60 * 60 * 1000

export function createSts({ accountId, iam }: { accountId: string; iam: Pick<Iam, 'credentialsOf'> }): {
  handler: Handler
} {
  return {
    handler: awsQuery('https://sts.amazonaws.com/doc/2011-06-15/', {
      GetCallerIdentity: () => ({ Arn: awsArn('iam', 'root', { accountId }), UserId: accountId, Account: accountId }),
      AssumeRole: ({ RoleArn: roleArn = '', RoleSessionName: session = '' }) => {
        if (!roleArn || !session)
          throw new AwsError('ValidationError', 'RoleArn and RoleSessionName are needed to assume a role.')
        const { accessKeyId, secretAccessKey, sessionToken } = iam.credentialsOf({ roleArn, session })
        return {
          Credentials: {
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            SessionToken: sessionToken,
            Expiration: new Date(Date.now() + SESSION_MILLIS).toISOString(),
          },
          AssumedRoleUser: {
            Arn: `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}`,
            AssumedRoleId: `AROALOCAL:${session}`,
          },
        }
      },
    }),
  }
}
