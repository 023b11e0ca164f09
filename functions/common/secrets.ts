/** Reads secrets, each once, and again after it may have been rotated. */
import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { connect, limits } from './clients.ts'

const provider = new SecretsProvider({ awsSdkV3Client: connect(SecretsManagerClient, limits.call) })

/**
 * @param maxAge seconds
 * @throws GetParameterError whose cause is the service's error
 */
export async function readSecret(arn: string, maxAge: number): Promise<string> {
  return String(await provider.get(arn, { maxAge }))
}
