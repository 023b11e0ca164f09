/** Grants on a key of the app's. Wildcards are avoided: `GenerateDataKey*` would also allow key pairs. */
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { IKey } from 'aws-cdk-lib/aws-kms'

/** Grants reading of encrypted data: receiving a message, getting an object. */
export function grantDecrypt(key: IKey | undefined, grantee: IGrantable): Grant | undefined {
  return key?.grant(grantee, 'kms:Decrypt')
}

/**
 * Grants writing of encrypted data: sending a message, publishing, uploading. SQS, SNS and multipart uploads also
 * decrypt the data key.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
 */
export function grantEncrypt(key: IKey | undefined, grantee: IGrantable): Grant | undefined {
  return key?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey')
}
