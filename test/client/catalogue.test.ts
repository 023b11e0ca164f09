import { SFNClient } from '@aws-sdk/client-sfn'
import type { AwsOptions } from '../../client/aws.ts'
import { describeCatalogue, examineRequest, findPrepare } from '../../client/catalogue.ts'
import { type Asked, answering } from '../support/answering.ts'
import { unanswered } from '../support/unanswered.ts'

const REQUEST = { id: 'orders-1', export: 'orders', params: {}, requestedBy: 'hanako@example.com' }

/** @param payload what the function of Prepare returns; an error if `isError` */
function given(payload: string, isError = false) {
  const asked: Asked[] = []
  const { options, state } = answering((one) => {
    asked.push(one)
    return payload
  })
  if (isError) {
    const handler = options as unknown as {
      requestHandler: { handle(request: unknown): Promise<{ response: object }> }
    }
    const { handle } = handler.requestHandler
    handler.requestHandler.handle = async (request) => {
      const { response } = await handle(request)
      return { response: { ...response, headers: { 'x-amz-function-error': 'Unhandled' } } }
    }
  }
  return { options, asked, state }
}
const failing = (errorType: string) =>
  given(JSON.stringify({ errorType, errorMessage: 'No such table.' }), true).options

test('the catalogue is what the function of Prepare describes', async () => {
  const { options, asked, state } = given('[{"name":"orders"}]')
  expect(await describeCatalogue('prepare', options)).toEqual([{ name: 'orders' }])
  expect(asked).toMatchObject([
    { operation: expect.stringContaining('/functions/prepare/'), fields: '{"describe":"catalogue"}' },
  ])
  expect(state.closed).toBe(1)
  await expect(describeCatalogue('prepare', failing('TypeError'))).rejects.toThrow(
    'The catalogue could not be read: No such table.',
  )
})

test('a request is accepted, with the digest of the deployed code if the function gives it', async () => {
  const { options, asked, state } = given('{"plan":{"catalogue":"c0ffee"}}')
  expect(await examineRequest('prepare', REQUEST, options)).toEqual({ problem: null, catalogue: 'c0ffee' })
  expect(JSON.parse(asked[0]!.fields)).toEqual({ name: 'orders-1', request: REQUEST })
  expect(state.closed).toBe(1)
  expect(await examineRequest('prepare', REQUEST, given('{}').options)).toEqual({ problem: null, catalogue: null })
})

test.each(['InvalidRequest', 'UnknownExport'])('%s is what is wrong with a request', async (errorType) => {
  expect(await examineRequest('prepare', REQUEST, failing(errorType))).toEqual({
    ...{ problem: 'No such table.', catalogue: null },
  })
})

test('any other error means that it could not be checked', async () => {
  await expect(examineRequest('prepare', REQUEST, failing('TypeError'))).rejects.toThrow(
    'The request could not be checked: TypeError: No such table.',
  )
})

test('the function is found in the definition of Carryout’s state machine only', async () => {
  const find = (definition?: string) => {
    const { options } = answering(() => (definition === undefined ? {} : { definition }))
    return findPrepare(new SFNClient(options), 'arn')
  }
  expect(await find('{"States":{"Prepare":{"Arguments":{"FunctionName":"prepare"}}}}')).toBe('prepare')
  for (const other of [undefined, '{}', '{"States":{"Prepare":{"Type":"Pass"}}}'])
    expect(await find(other)).toBeUndefined()
})

test('a function that does not answer is not waited for longer than it may run', async () => {
  const describe = (options: AwsOptions) => describeCatalogue('prepare', options)
  expect(await unanswered(describe, 30_000)).toBe('waits')
  expect(await unanswered(describe, 35_000)).toBe('TimeoutError')
})
