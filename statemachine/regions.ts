/** Regions without Lambda function URLs, which the links in e-mails need. https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html */
export const WITHOUT_FUNCTION_URLS: readonly string[] = [
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
]

/**
 * Regions without Lambda's detection of recursive loops, where it therefore cannot be configured. All commercial
 * regions but two have it, GovCloud does not: https://github.com/aws/aws-lambda-roadmap/issues/18. AWS says nothing
 * about China and the isolated partitions.
 */
const WITHOUT_LOOP_DETECTION: readonly string[] = ['ap-southeast-6', 'mx-central-1']
const PARTITIONS_WITHOUT_LOOP_DETECTION = /^(us-gov|cn|us-iso\w?|eu-isoe)-/

export function hasLoopDetection(region: string): boolean {
  return !WITHOUT_LOOP_DETECTION.includes(region) && !PARTITIONS_WITHOUT_LOOP_DETECTION.test(region)
}
