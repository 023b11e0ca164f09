/** Where a resource is: ARNs of the local cloud are made from it. */
export interface Place {
  region: string
  accountId: string
}

/**
 * `arn:aws:<service>:<region>:<account>:<resource>`.
 *
 * @param place omitted for a bucket, which has neither region nor account; without a region for IAM and STS
 */
export function awsArn(
  service: string,
  resource: string,
  { region = '', accountId = '' }: Partial<Place> = {},
): string {
  return `arn:aws:${service}:${region}:${accountId}:${resource}`
}
