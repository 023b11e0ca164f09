/** What a key of the app's must allow. Without wildcards: `GenerateDataKey*` would allow key pairs, too. */
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'

/** To read what is encrypted: to receive a message, to get an object. */
export function grantDecrypt(key: IKey | undefined, grantee: IGrantable): Grant | undefined {
  return key?.grant(grantee, 'kms:Decrypt')
}

/**
 * To write it: to send a message, to publish, to upload. SQS, SNS and multipart uploads decrypt the data key, too.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
export function grantEncrypt(key: IKey | undefined, grantee: IGrantable): Grant | undefined {
  return key?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey')
}
