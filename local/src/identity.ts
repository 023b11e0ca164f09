/** The local cloud's account, as in LocalStack, and its credentials, which are not secret. */
export const ACCOUNT_ID = '000000000000'
export const DEFAULT_REGION = 'us-east-1'
export const DEFAULT_PORT = 4566

/** The credentials of functions, against which presigned URLs are verified. LocalStack users have `test`. */
export const CREDENTIALS: ReadonlyMap<string, string> = new Map([
  ['local', 'local'],
  ['test', 'test'],
])
