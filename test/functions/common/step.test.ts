/** What a handler's wrapper writes to the log, and what it lets Step Functions see of an error. */
import { jest } from '@jest/globals'
import type { Context } from 'aws-lambda'

let common: typeof import('../../../functions/common/step.ts')
let written: string[]
beforeAll(async () => {
  common = await import('../../../functions/common/step.ts')
})
beforeEach(() => {
  written = []
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0)
})
afterEach(() => jest.restoreAllMocks())

const context = { functionName: 'test' } as Context

/** @returns the error with which Step Functions sees the handler fail */
async function failureOf(thrown: unknown): Promise<Error> {
  const handler = common.step<null, void>(async () => {
    throw thrown
  })
  return await (handler as unknown as (event: null, context: Context) => Promise<never>)(null, context).then(
    () => new Error('It did not fail'),
    (error: Error) => error,
  )
}

test('an error keeps its name, is plain and bounded, and has no stack trace', async () => {
  class TooManyRows extends Error {
    override name = 'TooManyRows'
  }
  const error = await failureOf(new TooManyRows(`half \ud83d, bell \u0007 ${'x'.repeat(10_000)}`))
  expect(error).toMatchObject({ name: 'TooManyRows', stack: 'TooManyRows' })
  expect(error.message).toMatch(/^half \ufffd, bell {3}x+…$/)
  // The state machine cuts a cause at 8,000 characters, which would break its JSON.
  expect(JSON.stringify(error.message).length).toBeLessThan(8_000)
})

test('the log has the error with the name of its cause, but not with the cause’s text, which may quote a row', async () => {
  await failureOf(new Error('The query failed.', { cause: new TypeError('hanako@example.com') }))
  expect(logged()).toMatchObject([{ level: 'ERROR', message: 'The query failed.', cause: 'TypeError' }])
  expect(written.join('')).not.toContain('hanako')
})

test('a timeout keeps its name and its message', async () => {
  const timeout = AbortSignal.abort(new DOMException('The operation was aborted.', 'TimeoutError')).reason
  const expected = { name: 'TimeoutError', message: 'The operation was aborted.', stack: 'TimeoutError' }
  expect(await failureOf(timeout)).toMatchObject(expected)
})

test('a thrown value that is not an error is passed on unchanged', async () => {
  expect(await failureOf('a text')).toBe('a text')
})

test('each line has the request’s id, which the next invocation of another request does not have', async () => {
  const handler = common.step<{ ids: (string | undefined)[] }, void>(async ({ ids }) => {
    for (const id of ids) common.logRequest(id)
    common.logger.info('Working')
  }) as unknown as (event: { ids: (string | undefined)[] }, context: Context) => Promise<void>
  for (const ids of [['orders-1'], [undefined], []]) await handler({ ids }, context)
  expect(logged().map(({ requestId }) => requestId)).toEqual(['orders-1', 'unknown', undefined])
})

function logged(): Record<string, unknown>[] {
  return written.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>)
}
