import { bench } from './bundle.ts'

describe('Lambda, as Step Functions sees it', () => {
  test('gives the result', async () => {
    await using at = bench()
    const name = at.given('export const handler = async (event) => ({ got: event })')
    expect(await at.lambda.invokeForStates(at.lambda.getFunction(name).arn, { a: [1] })).toEqual({ got: { a: [1] } })
  })

  test('reports what the function throws by its own name, with Lambda’s payload as the cause', async () => {
    await using at = bench()
    const name = at.given(
      `export const handler = async () => { throw Object.assign(new Error('no'), { name: 'QueryFailed' }) }`,
    )
    const failure = await rejection(at.lambda.invokeForStates(name, {}))
    expect(failure.error).toBe('QueryFailed')
    expect(JSON.parse(failure.cause)).toEqual({
      errorType: 'QueryFailed',
      errorMessage: 'no',
      trace: expect.any(Array),
    })
  })

  test('reports a function that is not ready by Lambda’s own name, until it is', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => 7')
    at.lambda.refuse(name, { code: 'ResourceNotReadyException', times: 2 })
    for (let times = 1; times <= 2; times++) {
      const failure = await rejection(at.lambda.invokeForStates(name, {}))
      expect(failure.error).toBe('Lambda.ResourceNotReadyException')
      expect(failure.cause).toContain('Service: Lambda, Status Code: 502')
    }
    expect(await at.lambda.invokeForStates(name, {})).toBe(7)
  })

  test('reports a timeout as Sandbox.Timedout', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => { for (;;); }', { timeoutSeconds: 1 })
    const failure = await rejection(at.lambda.invokeForStates(name, {}))
    expect(failure.error).toBe('Sandbox.Timedout')
    expect(JSON.parse(failure.cause)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
    })
  })

  test('reports too little memory as Runtime.ExitError', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => Buffer.alloc(200 << 20, 1).length', { memoryMB: 128 })
    const failure = await rejection(at.lambda.invokeForStates(name, {}))
    expect(failure.error).toBe('Runtime.ExitError')
    expect(failure.cause).toContain('Runtime exited with error: signal: killed')
  })

  test('reports an error without a type as Lambda.Unknown', async () => {
    await using at = bench()
    const name = at.given(`export const handler = async () => { const e = new Error('x'); e.name = ''; throw e }`)
    const failure = await rejection(at.lambda.invokeForStates(name, {}))
    expect(failure.error).toBe('Lambda.Unknown')
    expect(failure.cause).toMatch(
      /^The cause could not be determined because Lambda did not return an error type\. Returned payload: \{/,
    )
  })

  test('reports a throttle and a missing function under Lambda’s names', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => 1', { reservedConcurrency: 0 })
    const throttled = await rejection(at.lambda.invokeForStates(name, {}))
    expect(throttled.error).toBe('Lambda.TooManyRequestsException')
    expect(throttled.cause).toMatch(
      /^Rate Exceeded\. \(Service: Lambda, Status Code: 429, Request ID: [0-9a-f-]{36}\)$/,
    )
    const missing = await rejection(at.lambda.invokeForStates('nobody', {}))
    expect(missing.error).toBe('Lambda.ResourceNotFoundException')
    expect(missing.cause).toContain(
      'Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody (Service: Lambda, Status Code: 404',
    )
  })

  test('stops waiting when the execution stops', async () => {
    await using at = bench()
    const name = at.given('export const handler = async () => new Promise((r) => setTimeout(r, 60_000))')
    const stop = new AbortController()
    const running = at.lambda.invokeForStates(name, {}, stop.signal)
    stop.abort(new Error('StopExecution'))
    await expect(running).rejects.toThrow('StopExecution')
  })
})

async function rejection(promise: Promise<unknown>): Promise<{ error: string; cause: string }> {
  return promise.then(
    () => Promise.reject(new Error('It succeeded.')),
    (error) => error,
  )
}
