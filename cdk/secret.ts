import { Grant } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'

/** Allows a function to read a secret's value. `secret.grantRead` would also allow `DescribeSecret`. */
export function grantValue(fn: LambdaFunction, secret: ISecret) {
  Grant.addToPrincipal({
    grantee: fn,
    actions: ['secretsmanager:GetSecretValue'],
    // The ARN of a secret that is imported by name lacks its last six characters.
    resourceArns: [secret.secretFullArn ?? `${secret.secretArn}-??????`],
  })
  secret.encryptionKey?.grantDecrypt(fn)
}
