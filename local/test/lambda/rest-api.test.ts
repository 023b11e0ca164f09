import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  type InvokeCommandInput,
  LambdaClient,
  ListFunctionsCommand,
} from '@aws-sdk/client-lambda'
import { bench, listen } from './bundle.ts'

async function setUp() {
  const at = bench()
  const server = await listen(at.lambda.handler)
  const client = new LambdaClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  })
  return {
    ...at,
    client,
    url: server.url,
    invoke: async (FunctionName: string, input: Partial<InvokeCommandInput> = {}) => {
      const answer = await client.send(new InvokeCommand({ FunctionName, ...input }))
      return { ...answer, payload: Buffer.from(answer.Payload ?? []).toString() }
    },
    async [Symbol.asyncDispose]() {
      client.destroy()
      await server[Symbol.asyncDispose]()
      await at[Symbol.asyncDispose]()
    },
  }
}

describe('the SDK', () => {
  test('invokes by name, partial ARN and ARN', async () => {
    await using at = await setUp()
    const name = at.given('export const handler = async (event) => ({ event })')
    for (const given of [name, `000000000000:function:${name}`, at.lambda.getFunction(name).arn, `${name}:$LATEST`]) {
      expect(await at.invoke(given, { Payload: '{"a":"注文"}' })).toMatchObject({
        StatusCode: 200,
        ExecutedVersion: '$LATEST',
        payload: '{"event":{"a":"注文"}}',
      })
    }
    expect((await at.invoke(name)).payload).toBe('{"event":{}}')
  })

  test('gets the error of a function and the end of its log', async () => {
    await using at = await setUp()
    const name = at.given(`export const handler = async () => { console.warn('soon'); throw new TypeError('now') }`)
    const answer = await at.invoke(name, { LogType: 'Tail' })
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' })
    expect(JSON.parse(answer.payload)).toMatchObject({ errorType: 'TypeError', errorMessage: 'now' })
    const log = Buffer.from(String(answer.LogResult), 'base64').toString()
    const requestId = answer.$metadata.requestId
    expect(log).toMatch(
      new RegExp(
        `START RequestId: ${requestId} Version: \\$LATEST\n.*\t${requestId}\tWARN\tsoon\n[^]*END RequestId: ${requestId}\nREPORT `,
      ),
    )
  })

  test('passes the client context', async () => {
    await using at = await setUp()
    const name = at.given('export const handler = async (event, context) => context.clientContext')
    const ClientContext = Buffer.from('{"custom":{"by":"test"}}').toString('base64')
    expect((await at.invoke(name, { ClientContext })).payload).toBe('{"custom":{"by":"test"}}')
  })

  test('queues an Event, and does not run a DryRun', async () => {
    await using at = await setUp()
    const name = at.given(`export const handler = async () => { console.log('done') }`)
    expect(await at.invoke(name, { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 })
    expect(at.lines).toEqual([])
    expect(await at.invoke(name, { InvocationType: 'Event' })).toMatchObject({ StatusCode: 202, payload: '' })
    while (!at.messages().some((message) => message.startsWith('REPORT'))) await new Promise((r) => setTimeout(r, 5))
    expect(at.messages()).toContainEqual(expect.stringMatching(/\tINFO\tdone$/))
  })

  test('gets the reason of a throttle', async () => {
    await using at = await setUp()
    const name = at.given('export const handler = async () => 1', { reservedConcurrency: 0 })
    await expect(at.invoke(name)).rejects.toMatchObject({
      name: 'TooManyRequestsException',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      message: 'Rate Exceeded.',
      $metadata: { httpStatusCode: 429 },
    })
  })

  test.each<[string, Partial<InvokeCommandInput>, object]>([
    [
      'a function that does not exist',
      { FunctionName: 'nobody' },
      { name: 'ResourceNotFoundException', $metadata: { httpStatusCode: 404 } },
    ],
    ['a payload that is not JSON', { Payload: '{' }, { name: 'InvalidRequestContentException' }],
    [
      'a payload over 6 MB',
      { Payload: JSON.stringify('x'.repeat(6 << 20)) },
      { name: 'RequestTooLargeException', $metadata: { httpStatusCode: 413 } },
    ],
    ['another invocation type', { InvocationType: 'Later' as never }, { name: 'InvalidParameterValueException' }],
    [
      'another version',
      { Qualifier: '7' },
      { name: 'ResourceNotFoundException', message: expect.stringMatching(/:7$/) },
    ],
  ])('is refused %s', async (_what, input, expected) => {
    await using at = await setUp()
    const name = at.given('export const handler = async () => 1')
    await expect(at.invoke(name, input)).rejects.toMatchObject(expected)
  })

  test('reads and lists functions', async () => {
    await using at = await setUp()
    const name = at.given('export const handler = async () => 1', { reservedConcurrency: 2, environment: { A: '1' } })
    const configuration = {
      FunctionName: name,
      Handler: 'index.handler',
      MemorySize: 256,
      Timeout: 30,
      State: 'Active',
      Environment: { Variables: { A: '1' } },
    }
    expect(await at.client.send(new GetFunctionCommand({ FunctionName: name }))).toMatchObject({
      Configuration: configuration,
      Concurrency: { ReservedConcurrentExecutions: 2 },
    })
    expect(await at.client.send(new GetFunctionConfigurationCommand({ FunctionName: name }))).toMatchObject(
      configuration,
    )
    expect((await at.client.send(new ListFunctionsCommand())).Functions).toMatchObject([configuration])
  })
})
