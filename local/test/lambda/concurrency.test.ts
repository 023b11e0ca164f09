import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Bench, bench } from './bundle.ts'

/** Waits until the test lets it go on through the file system, the one thing that test and function share. */
const GATED = (at: Bench) => `
  import { existsSync } from 'node:fs'
  export const handler = async (event) => {
    while (!existsSync(${JSON.stringify(at.directory)} + '/' + event.gate)) await new Promise((r) => setTimeout(r, 5))
    return event.gate
  }`

describe('reserved concurrency', () => {
  test('refuses further invocations until one ends', async () => {
    await using at = bench()
    const name = at.given(GATED(at), { reservedConcurrency: 1 })
    const first = at.run(name, { gate: 'a' })
    await expect(at.run(name, { gate: 'a' })).rejects.toMatchObject({
      code: 'TooManyRequestsException',
      status: 429,
      reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      message: 'Rate Exceeded.',
    })
    open(at, 'a')
    expect((await first).result).toBe('a')
    expect((await at.run(name, { gate: 'a' })).result).toBe('a')
  })

  test('of zero lets nothing run', async () => {
    await using at = bench()
    const name = at.given(GATED(at), { reservedConcurrency: 0 })
    await expect(at.run(name, { gate: 'a' })).rejects.toMatchObject({ code: 'TooManyRequestsException' })
  })

  test('is held by an invocation that keeps running after its caller has left', async () => {
    await using at = bench()
    const name = at.given(GATED(at), { reservedConcurrency: 1 })
    const leave = new AbortController()
    const abandoned = at.lambda.invoke(name, '{"gate":"b"}', { signal: leave.signal })
    leave.abort()
    await expect(abandoned).rejects.toThrow('aborted')
    await expect(at.run(name, { gate: 'b' })).rejects.toMatchObject({ code: 'TooManyRequestsException' })
    open(at, 'b')
    await expectEventually(() => at.messages().some((message) => message.startsWith('REPORT')))
    expect((await at.run(name, { gate: 'b' })).result).toBe('b')
  })

  test('is free again after a timeout', async () => {
    await using at = bench()
    const name = at.given(GATED(at), { reservedConcurrency: 1, timeoutSeconds: 1 })
    expect((await at.run(name, { gate: 'never' })).result).toMatchObject({ errorType: 'Sandbox.Timedout' })
    open(at, 'c')
    expect((await at.run(name, { gate: 'c' })).result).toBe('c')
  })
})

test('stopping interrupts running invocations, which then have neither a result nor a function error', async () => {
  await using at = bench()
  const name = at.given(GATED(at))
  const running = at.run(name, { gate: 'never' })
  await expectEventually(() => at.messages().some((message) => message.startsWith('START')))
  const cut = expect(running).rejects.toMatchObject({ code: 'ServiceException', status: 500 })
  await at.lambda.stop()
  await cut
  await expect(at.run(name, {})).rejects.toMatchObject({ code: 'ServiceException' })
})

function open(at: Bench, gate: string) {
  writeFileSync(join(at.directory, gate), '')
}

async function expectEventually(condition: () => boolean) {
  for (const end = Date.now() + 5000; !condition(); await new Promise((r) => setTimeout(r, 5))) {
    if (Date.now() > end) throw new Error('It did not happen within five seconds.')
  }
}
