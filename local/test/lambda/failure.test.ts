import { bench } from './bundle.ts'

const HANDLER = (body: string) => `export const handler = async (event) => { ${body} }`

describe('what a function throws', () => {
  test('becomes the error’s type, message and trace, and the environment lives on', async () => {
    await using at = bench()
    const name = at.given(`
      let count = 0
      class QueryFailed extends Error { name = 'QueryFailed' }
      export const handler = async () => { if (++count === 1) throw new QueryFailed('no such table'); return count }`)
    expect(await at.run(name)).toEqual({
      functionError: 'Unhandled',
      result: {
        errorType: 'QueryFailed',
        errorMessage: 'no such table',
        trace: expect.arrayContaining(['QueryFailed: no such table']),
      },
    })
    expect((await at.run(name)).result).toBe(2)
    expect(at.messages()).toContainEqual(expect.stringMatching(/\tERROR\tInvoke Error \t\{"errorType":"QueryFailed"/))
  })

  test.each([
    ['a string', `throw 'broken'`, { errorType: 'string', errorMessage: 'broken', trace: [] }],
    ['undefined', 'throw undefined', { errorType: 'undefined', errorMessage: 'undefined', trace: [] }],
    [
      'a result without JSON',
      'return 1n',
      { errorType: 'Runtime.JSONStringifyError', errorMessage: 'Unable to stringify response body' },
    ],
    [
      'a result over 6 MB',
      `return 'x'.repeat(6_291_555)`,
      {
        errorType: 'Function.ResponseSizeTooLarge',
        errorMessage: expect.stringContaining('(6291557 bytes) exceeded maximum allowed payload size (6291556 bytes)'),
      },
    ],
  ])('may be %s', async (_what, body, expected) => {
    await using at = bench()
    expect(await at.run(at.given(HANDLER(body)))).toEqual({
      functionError: 'Unhandled',
      result: expect.objectContaining(expected),
    })
  })

  test.each([
    [
      'a rejection that nobody handles',
      `Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 1000))`,
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'Error: lost' },
    ],
    [
      'an exception that nobody catches',
      `setTimeout(() => { throw new RangeError('late') }); await new Promise((r) => setTimeout(r, 1000))`,
      { errorType: 'RangeError', errorMessage: 'late' },
    ],
    [
      'process.exit',
      'process.exit(3)',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: exit status 3$/,
        ),
      },
    ],
    [
      'process.exit(0)',
      'process.exit(0)',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/Error: Runtime exited without providing a reason$/),
      },
    ],
    [
      'waiting for what can no longer happen',
      'await new Promise(() => {})',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(/Error: Runtime exited without providing a reason$/),
      },
    ],
  ])('that is %s ends the environment, and the next invocation gets a fresh one', async (_what, body, expected) => {
    await using at = bench()
    const name = at.given(
      `let count = 0; export const handler = async (event) => { count++; if (event.well) return count; ${body} }`,
    )
    expect((await at.run(name, { well: true })).result).toBe(1)
    expect(await at.run(name)).toEqual({ functionError: 'Unhandled', result: expect.objectContaining(expected) })
    expect((await at.run(name, { well: true })).result).toBe(1)
  })
})

describe('a function that cannot be loaded', () => {
  test.each([
    [
      'has no such file',
      { 'other.mjs': '' },
      'index.handler',
      {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: expect.stringContaining("Error: Cannot find module 'index'"),
      },
    ],
    [
      'has no such export',
      { 'index.mjs': 'export const other = 1' },
      'index.handler',
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is undefined or not exported' },
    ],
    [
      'exports no function',
      { 'index.mjs': 'export const handler = 1' },
      'index.handler',
      { errorType: 'Runtime.HandlerNotFound', errorMessage: 'index.handler is not a function' },
    ],
    [
      'does not parse',
      { 'index.mjs': 'export const handler = {' },
      'index.handler',
      { errorType: 'Runtime.UserCodeSyntaxError', errorMessage: expect.stringContaining('SyntaxError: ') },
    ],
    [
      'throws while it is loaded',
      { 'index.mjs': `throw new TypeError('no configuration')` },
      'index.handler',
      { errorType: 'TypeError', errorMessage: 'no configuration' },
    ],
    [
      'exits while it is loaded',
      { 'index.mjs': 'process.exit(2)' },
      'index.handler',
      { errorType: 'Runtime.ExitError' },
    ],
    [
      'has a name without a dot',
      { 'index.mjs': '' },
      'index',
      { errorType: 'Runtime.MalformedHandlerName', errorMessage: 'Bad handler' },
    ],
    [
      'wants a callback',
      { 'index.mjs': 'export const handler = (event, context, callback) => callback(null, 1)' },
      'index.handler',
      { errorType: 'Runtime.CallbackHandlerDeprecated' },
    ],
  ])('%s', async (_what, files, handler, expected) => {
    await using at = bench()
    const name = at.given(files, { handler })
    for (let i = 0; i < 2; i++) {
      expect(await at.run(name)).toEqual({ functionError: 'Unhandled', result: expect.objectContaining(expected) })
    }
  })

  test('within its memory is killed', async () => {
    await using at = bench()
    const name = at.given('const all = []; for (;;) all.push({ row: all.length })', { memoryMB: 128 })
    expect((await at.run(name)).result).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed$/),
    })
  })

  test('within ten seconds is loaded once more, within its own timeout', async () => {
    await using at = bench()
    const name = at.given('await new Promise((r) => setTimeout(r, 60_000)); export const handler = async () => 1', {
      timeoutSeconds: 1,
    })
    expect((await at.run(name)).result).toMatchObject({ errorType: 'Sandbox.Timedout' })
    expect(at.messages()).toContainEqual(
      expect.stringMatching(/^INIT_REPORT Init Duration: 1\d{4}\.\d\d ms\tPhase: init\tStatus: timeout$/),
    )
  })

  test('whose bundle is gone or whose NODE_OPTIONS Node refuses ends with status 9', async () => {
    await using at = bench()
    const name = at.given(HANDLER('return 1'), { environment: { NODE_OPTIONS: '--no-such-option' } })
    expect((await at.run(name)).result).toMatchObject({ errorMessage: expect.stringContaining('exit status 9') })
    expect(at.messages().join('\n')).toContain('--no-such-option')
  })
})

describe('a function that takes too long', () => {
  test.each([
    ['waits', 'await new Promise((r) => setTimeout(r, 60_000))'],
    ['never returns to its event loop', 'for (;;);'],
  ])('and %s is killed', async (_how, body) => {
    await using at = bench()
    const name = at.given(HANDLER(`if (event.well) return 1; ${body}`), { timeoutSeconds: 1 })
    expect(await at.run(name)).toEqual({
      functionError: 'Unhandled',
      result: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringMatching(/^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/),
      },
    })
    expect(at.messages()).toContainEqual(
      expect.stringMatching(/^\S+Z [0-9a-f-]{36} Task timed out after 1\.00 seconds$/),
    )
    expect(at.messages().at(-1)).toMatch(/\tDuration: 1\d{3}\.\d\d ms\t.*\tStatus: timeout\t$/)
    expect((await at.run(name, { well: true })).result).toBe(1)
  })
})

describe('a function that allocates more memory than it has', () => {
  test.each([
    ['objects', 'const all = []; for (;;) all.push({ row: all.length })'],
    [
      'one Map, which grows in leaps that would abort all of Node',
      'const all = new Map(); for (let i = 0; ; i++) all.set(i, i)',
    ],
    ['Buffers', 'const all = []; for (;;) { all.push(Buffer.alloc(1 << 20, 1)); await new Promise(setImmediate) }'],
    ['one Buffer, and returns at once', 'globalThis.kept = Buffer.alloc(200 << 20); return kept.length'],
  ])('for %s is killed, and no other function is', async (_what, body) => {
    await using at = bench()
    const bystander = at.given(`let count = 0; export const handler = async () => ++count`)
    await at.run(bystander)
    const name = at.given(HANDLER(`if (event.well) return 1; ${body}`), { memoryMB: 128 })
    expect(await at.run(name)).toEqual({
      functionError: 'Unhandled',
      result: {
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Runtime exited with error: signal: killed$/,
        ),
      },
    })
    expect(at.messages().at(-1)).toMatch(/\tMax Memory Used: 128 MB\t.*\tError Type: Runtime.OutOfMemory\t$/)
    expect((await at.run(name, { well: true })).result).toBe(1)
    expect((await at.run(bystander)).result).toBe(2)
  })

  test('over time is not killed if most of it is garbage', async () => {
    await using at = bench()
    const name = at.given(
      HANDLER(`
        let bytes = 0
        while (bytes < 600 * 1024 * 1024) {
          bytes += JSON.stringify(Array.from({ length: 50_000 }, (_, i) => ({ i }))).length + Buffer.alloc(8 << 20, 1).length
        }
        return bytes`),
      { memoryMB: 192 },
    )
    // Without garbage collection this would be three times its memory.
    expect((await at.run(name)).result).toBeGreaterThan(600 * 1024 * 1024)
  })
})
