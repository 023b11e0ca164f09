/** Names of AWS's resources, as the local cloud gives them. */
export interface Place {
  region: string
  accountId: string
}

/**
 * `arn:aws:<service>:<region>:<account>:<resource>`.
 *
 * @param place left out for a bucket, which has neither region nor account, and without its region for IAM and STS
 */
export function awsArn(
  service: string,
  resource: string,
  { region = '', accountId = '' }: Partial<Place> = {},
): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`
}
