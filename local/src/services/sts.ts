/** STS GetCallerIdentity: what tools ask first, to learn the account. */
import type { Handler } from '../protocol.ts'
import { awsQuery } from '../query.ts'

export function createSts({ accountId }: { accountId: string }): { handler: Handler } {
  return {
    handler: awsQuery('https://sts.amazonaws.com/doc/2011-06-15/', {
      GetCallerIdentity: () => ({ Arn: `arn:aws:iam::${accountId}:root`, UserId: accountId, Account: accountId }),
    }),
  }
}
