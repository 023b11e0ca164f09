/** An execution whose history is nearly full fails by name, whatever filled it. */

import { SFNClient } from '@aws-sdk/client-sfn'
import { jest } from '@jest/globals'
import { watchHistoryRoom } from '../../../functions/common/history-room.ts'
import { logger } from '../../../functions/common/step.ts'
import { ExportTooLong } from '../../../statemachine/errors.ts'
import { type FakeAws, startFakeAws } from '../../support/fake-aws.ts'

const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:download:orders-1'

let aws: FakeAws
let client: SFNClient
beforeAll(async () => {
  aws = await startFakeAws()
  client = new SFNClient({ maxAttempts: 1 })
})
afterEach(() => jest.restoreAllMocks())
afterAll(() => {
  client.destroy()
  aws.close()
})

/** @param answered what Step Functions says; resolves once it was read */
async function reasonAfter(answered: object): Promise<unknown> {
  aws.answers.GetExecutionHistory = () => answered
  let read = () => {}
  const wasRead = new Promise<void>((resolve) => {
    read = resolve
  })
  const send = (async (...given: Parameters<SFNClient['send']>) => {
    try {
      return await client.send(...given)
    } finally {
      setImmediate(read)
    }
  }) as SFNClient['send']
  const room = watchHistoryRoom({ send }, EXECUTION, 'orders')
  await wasRead
  room.end()
  return room.signal.reason
}

test('only the last event’s number is read, without data', async () => {
  expect(await reasonAfter({ events: [{ id: 23_999 }] })).toBeUndefined()
  expect(aws.calls.at(-1)!.input).toEqual({
    executionArn: EXECUTION,
    reverseOrder: true,
    maxResults: 1,
    includeExecutionData: false,
  })
})

test('with a thousand events left there is no room for another chunk', async () => {
  const reason = await reasonAfter({ events: [{ id: 24_000 }] })
  expect(reason).toBeInstanceOf(ExportTooLong)
  expect((reason as Error).message).toBe(
    'The execution of orders has used 24000 of the 25000 events of its history, for chunks and attempts to get a slot. Narrow the request',
  )
})

test('an unreadable history does not fail a chunk, but is logged', async () => {
  const warn = jest.spyOn(logger, 'warn').mockReturnValue()
  expect(await reasonAfter({ __type: 'AccessDeniedException', message: 'No.' })).toBeUndefined()
  expect(warn).toHaveBeenCalledTimes(1)
})

test('a chunk that ends before the answer logs no failure', async () => {
  const warn = jest.spyOn(logger, 'warn').mockReturnValue()
  let isEnded: Promise<unknown> = Promise.resolve()
  const send = (_: unknown, { abortSignal }: { abortSignal: AbortSignal }) => {
    const answer = new Promise<never>((_, reject) => {
      abortSignal.addEventListener('abort', () => reject(abortSignal.reason))
    })
    isEnded = answer.catch(() => {})
    return answer
  }
  watchHistoryRoom({ send } as never, EXECUTION, 'orders').end()
  await isEnded
  await new Promise(setImmediate)
  expect(warn).not.toHaveBeenCalled()
})
