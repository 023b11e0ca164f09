/** Lambda as Step Functions calls it: a result, or an error name and a cause for Retry and Catch. */
import { randomUUID } from 'node:crypto'
import { AwsError } from '../protocol.ts'
import type { Lambda } from './port.ts'

/** A Task's call of Lambda failed. Retry and Catch match `error`; the history shows `cause`. */
export class LambdaTaskFailed extends Error {
  readonly error: string
  override readonly cause: string
  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`)
    this.name = 'LambdaTaskFailed'
    this.error = error
    this.cause = cause
  }
}

export async function invokeForStates(
  lambda: Pick<Lambda, 'invoke'>,
  nameOrArn: string,
  payload: unknown,
  signal?: AbortSignal,
): Promise<unknown> {
  const result = await lambda
    .invoke(nameOrArn, JSON.stringify(payload ?? null), { ...(signal && { signal }) })
    .catch((error) => {
      if (!(error instanceof AwsError)) throw error
      // The name and text in the format of Step Functions' own SDK.
      const cause = `${error.message} (Service: Lambda, Status Code: ${error.status}, Request ID: ${randomUUID()})`
      throw new LambdaTaskFailed(`Lambda.${error.code}`, cause)
    })
  if (result.functionError) throw failureOf(result.payload)
  return JSON.parse(result.payload)
}

function failureOf(payload: string): LambdaTaskFailed {
  const { errorType } = JSON.parse(payload) as { errorType?: unknown }
  if (typeof errorType === 'string' && errorType !== '') return new LambdaTaskFailed(errorType, payload)
  return new LambdaTaskFailed(
    'Lambda.Unknown',
    `The cause could not be determined because Lambda did not return an error type. Returned payload: ${payload}`,
  )
}
