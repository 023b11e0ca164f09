/** Loads the AWS clients that only some callers need. They are optional peers, so that others need not install them. */
import type { SFNClientConfig } from '@aws-sdk/client-sfn'
import { PartMissing } from './errors.ts'

/** The common options of AWS clients. What is omitted comes from the environment and `~/.aws`, as for any AWS tool. */
export type AwsOptions = Pick<SFNClientConfig, 'region' | 'profile' | 'credentials' | 'endpoint'>

/** @throws PartMissing if the peer is not installed; the message says what needs it */
export async function loadPeer<T>(name: string, load: () => Promise<T>, why: string): Promise<T> {
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new PartMissing(`${why} needs the package ${name}, which is not installed. Run: npm install ${name}`, {
      cause: error,
    })
  }
}
