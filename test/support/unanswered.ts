import { setImmediate as turn } from 'node:timers/promises'
import { jest } from '@jest/globals'
import type { AwsOptions } from '../../client/aws.ts'
import { givenFakeTime } from './fake-time.ts'
import { startSilentServer } from './silent-server.ts'

/**
 * Makes a call to an AWS that accepts it and never answers, and lets time pass.
 *
 * @returns the error's name after so many milliseconds; `waits` if there is none
 */
export async function unanswered(call: (options: AwsOptions) => Promise<unknown>, millis: number): Promise<string> {
  const silent = await startSilentServer()
  const time = givenFakeTime(Date.now())
  try {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
    const options = { endpoint: silent.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 } as AwsOptions
    let outcome = 'waits'
    void call(options).catch((error: Error) => {
      outcome = error.name
    })
    while (silent.accepted() === 0) await turn()
    await jest.advanceTimersByTimeAsync(millis)
    for (let count = 0; count < 20; count++) await turn()
    return outcome
  } finally {
    time.restore()
    await silent.close()
  }
}
