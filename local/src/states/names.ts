/** Validates names, ARNs and page tokens. */
import { AwsError } from '../protocol.ts'

/** @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
// biome-ignore lint/suspicious/noControlCharactersInRegex: AWS refuses control characters
const NAME = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ufffe\uffff]{1,80}$/u

/** @throws AwsError InvalidName */
export function checkName(name: unknown): string {
  if (typeof name !== 'string' || !NAME.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`)
  return name
}

/** @throws AwsError InvalidArn if it is not an ARN of that kind */
export function checkArn(arn: unknown, kind: 'stateMachine' | 'execution'): string {
  const pattern = new RegExp(`^arn:[\\w-]+:states:[\\w-]*:\\d*:${kind}:.+$`)
  if (typeof arn !== 'string' || !pattern.test(arn)) throw new AwsError('InvalidArn', `Invalid Arn: '${arn}'`)
  return arn
}

/** Returns the page size: 100 by default, at most 1,000. @throws AwsError ValidationException */
export function pageSize(maxResults: unknown): number {
  if (maxResults === undefined || maxResults === null || maxResults === 0) return 100
  if (typeof maxResults !== 'number' || !Number.isInteger(maxResults) || maxResults < 0 || maxResults > 1000) {
    throw invalid('maxResults', maxResults, 'Member must be between 0 and 1000')
  }
  return maxResults
}

/** Returns a token for the next page, valid only for this list. */
export function pageToken(list: string, position: number): string {
  return Buffer.from(JSON.stringify([list, position])).toString('base64url')
}

/** @returns undefined for the first page. @throws AwsError InvalidToken */
export function readPageToken(list: string, token: unknown): number | undefined {
  if (token === undefined || token === null) return undefined
  try {
    const [of, position] = JSON.parse(Buffer.from(String(token), 'base64url').toString()) as unknown[]
    if (of === list && typeof position === 'number') return position
  } catch {
    // An invalid token, reported below.
  }
  throw new AwsError('InvalidToken', `Invalid Token: '${token}'`)
}

export function invalid(field: string, value: unknown, constraint: string): AwsError {
  return new AwsError(
    'ValidationException',
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ${constraint}`,
  )
}
