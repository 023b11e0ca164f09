import { bench } from './bundle.ts'

const COUNTER = `let count = 0; export const handler = async () => ++count`

describe('an execution environment', () => {
  test('has its function’s variables and Lambda’s, and none of the laptop’s', async () => {
    await using at = bench()
    process.env.SECRET_OF_THE_LAPTOP = 'x'
    const name = at.given('export const handler = async () => process.env', { environment: { TABLE: 'orders' } })
    const { result } = await at.run(name)
    expect(result).toMatchObject({
      TABLE: 'orders',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      AWS_ACCESS_KEY_ID: 'local',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      LAMBDA_TASK_ROOT: expect.stringContaining(name),
      _HANDLER: 'index.handler',
      _X_AMZN_TRACE_ID: expect.stringMatching(
        /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0;Lineage=[0-9a-f]{8}:1$/,
      ),
      TZ: ':UTC',
    })
    expect(result).not.toHaveProperty('SECRET_OF_THE_LAPTOP')
    expect(result).not.toHaveProperty('HOME')
  })

  test('that is loaded ahead serves the next invocation, which waits for it', async () => {
    await using at = bench()
    const name = at.given(`await new Promise((r) => setTimeout(r, 50)); ${COUNTER}`)
    const loading = at.lambda.warm(name)
    expect((await at.run(name)).result).toBe(1)
    await loading
    await at.lambda.warm(name)
    expect((await at.run(name)).result).toBe(2)
    expect(at.messages().filter((message) => message.startsWith('INIT_START'))).toHaveLength(1)
    expect(at.messages().filter((message) => message.includes('Init Duration'))).toHaveLength(1)
  })

  test('that fails to load ahead is replaced by another one', async () => {
    await using at = bench()
    const name = at.given('throw new Error("broken")')
    await at.lambda.warm(name)
    expect(await at.run(name)).toMatchObject({ functionError: 'Unhandled', result: { errorMessage: 'broken' } })
    expect(at.messages().filter((message) => message.startsWith('INIT_START'))).toHaveLength(2)
  })

  test('gives the handler Lambda’s context', async () => {
    await using at = bench()
    const name = at.given(
      `export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() })`,
      { timeoutSeconds: 7 },
    )
    const { result } = await at.run(name)
    expect(result).toMatchObject({
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      memoryLimitInMB: '256',
      logGroupName: `/aws/lambda/${name}`,
    })
    const { left } = result as { left: number }
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(7000)
  })

  test('keeps its remaining time when the machine’s clock is set', async () => {
    await using at = bench()
    const name = at.given(
      `export const handler = async (event, context) => {
        Date.now = () => 0
        return context.getRemainingTimeInMillis()
      }`,
      { timeoutSeconds: 7 },
    )
    expect((await at.run(name)).result).toBeLessThanOrEqual(7000)
  })

  test('is reused by the next invocation', async () => {
    await using at = bench()
    const name = at.given(COUNTER)
    expect((await at.run(name)).result).toBe(1)
    expect((await at.run(name)).result).toBe(2)
  })

  test('runs one invocation at a time, so a concurrent one gets another environment', async () => {
    await using at = bench()
    const name = at.given(
      `let count = 0; export const handler = async () => { await new Promise((r) => setTimeout(r, 100)); return ++count }`,
    )
    expect((await Promise.all([at.run(name), at.run(name)])).map(({ result }) => result)).toEqual([1, 1])
  })

  test('is replaced when the function is', async () => {
    await using at = bench()
    const name = at.given(COUNTER)
    await at.run(name)
    at.lambda.createFunction({ ...at.lambda.getFunction(name), environment: { NEW: '1' } })
    expect((await at.run(name)).result).toBe(1)
  })

  test('is warm within two milliseconds', async () => {
    await using at = bench()
    const name = at.given(COUNTER)
    await at.run(name)
    const begun = process.cpuUsage()
    for (let i = 0; i < 50; i++) await at.run(name)
    // Processor time: what else the machine does meanwhile is not the environment's.
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1_000 / 50).toBeLessThan(2)
  })
})

describe('a bundle', () => {
  test.each([
    ['CommonJS', { 'index.js': `exports.handler = async () => require('node:path').basename(__filename)` }, 'index.js'],
    ['an ES module in .mjs', { 'index.mjs': `export const handler = async () => 'mjs'` }, 'mjs'],
    ['an ES module in .js, told by its syntax', { 'index.js': `export const handler = async () => 'esm'` }, 'esm'],
    [
      'an ES module in .js, told by its package.json',
      { 'index.js': `const a = await 1; export const handler = async () => a`, 'package.json': '{"type":"module"}' },
      1,
    ],
    ['a handler that returns without a promise', { 'index.mjs': `export const handler = () => 'sync'` }, 'sync'],
    ['a handler within a default export', { 'index.mjs': `export default { handler: () => 'default' }` }, 'default'],
    ['a handler that returns nothing', { 'index.mjs': `export const handler = async () => {}` }, null],
  ])('may be %s', async (_kind, files, expected) => {
    await using at = bench()
    expect(await at.run(at.given(files))).toEqual({ result: expected, functionError: undefined })
  })

  test('may leave out the AWS SDK, which the runtime has', async () => {
    await using at = bench()
    const name = at.given(
      `import { SQSClient } from '@aws-sdk/client-sqs'; export const handler = async () => SQSClient.name`,
    )
    expect((await at.run(name)).result).toBe('SQSClient')
  })

  test('that leaves out another package fails as on AWS, even if the checkout has that package', async () => {
    await using at = bench()
    const required = at.given({ 'index.js': `const { z } = require('zod'); exports.handler = async () => 1` })
    expect(await at.run(required)).toMatchObject({
      functionError: 'Unhandled',
      result: {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: expect.stringContaining("Cannot find module 'zod'"),
      },
    })
    const imported = at.given(`import { z } from 'zod'; export const handler = async () => 1`)
    expect((await at.run(imported)).result).toMatchObject({
      errorType: 'Error',
      errorMessage: expect.stringContaining("Cannot find package 'zod' imported from"),
    })
  })
})
