import { Grant } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager'

/** Lets a function read a secret's value. Not `secret.grantRead`, which would add `DescribeSecret`. */
export function grantValue(fn: LambdaFunction, secret: ISecret) {
  Grant.addToPrincipal({
    grantee: fn,
    actions: ['secretsmanager:GetSecretValue'],
    // A secret that is imported by its name lacks the six characters that its ARN ends with.
    resourceArns: [secret.secretFullArn ?? `${secret.secretArn}-??????`],
  })
  secret.encryptionKey?.grantDecrypt(fn)
}
