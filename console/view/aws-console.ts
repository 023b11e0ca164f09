/** Where the AWS console shows an execution. */

/** The consoles of the partitions that have one of their own. */
const CONSOLES: Record<string, string> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
}
/** Of the local cloud, which no console shows. */
const LAPTOP_ACCOUNT = '000000000000'

/** @returns null where there is none */
export function awsConsoleUrl(executionArn: string): string | null {
  const [, partition = '', , region = '', account = ''] = executionArn.split(':')
  const host = CONSOLES[partition]
  if (host === undefined || account === LAPTOP_ACCOUNT) return null
  return `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${executionArn}`
}
