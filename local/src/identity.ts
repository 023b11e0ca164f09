/** Who and where the local cloud is: the account that LocalStack users know, and credentials that are not secret. */
export const ACCOUNT_ID = '000000000000'
export const DEFAULT_REGION = 'us-east-1'
export const DEFAULT_PORT = 4566

/** What functions sign with; presigned URLs are verified against these. `test` is what LocalStack users have set. */
export const CREDENTIALS: ReadonlyMap<string, string> = new Map([
  ['local', 'local'],
  ['test', 'test'],
])
