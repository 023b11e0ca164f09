/** What the suites of a worker share, and what each has for itself (see docs/decisions.md). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

test('a suite loads the modules of tests and handlers for itself, and shares the product’s and the packages’', () => {
  const own = ['./support/database.ts', '../local/test/s3/support.ts', '../functions/start.ts']
  for (const path of own) expect(import.meta.resolve(path)).toMatch(/\.ts\?suite=\d+$/)
  const shared = ['../engine/index.ts', '../local/src/index.ts', '@aws-sdk/client-s3', 'zod']
  for (const name of shared) expect(import.meta.resolve(name)).toMatch(/\.[jt]s$/)
})

test('an error of Node is an Error', () => {
  expect(() => readFileSync('/no/such/file')).toThrow(Error)
  try {
    readFileSync('/no/such/file')
  } catch (error) {
    expect(error).toBeInstanceOf(Error)
  }
})

test('variables, mocks and timers are restored after a suite', async () => {
  const { default: Environment } = await import(join(import.meta.dirname, 'environment.mjs'))
  process.env.CARRYOUT_TEST_KEPT = 'kept'
  const environment = new Environment({ globalConfig: {}, projectConfig: { globals: {}, fakeTimers: {} } }, {})
  const { setTimeout } = globalThis
  environment.fakeTimersModern.useFakeTimers()
  expect(globalThis.setTimeout).not.toBe(setTimeout)
  environment.moduleMocker.spyOn(Math, 'random').mockReturnValue(2)
  expect(Math.random()).toBe(2)
  process.env = { CARRYOUT_TEST_KEPT: 'changed', CARRYOUT_TEST_NEW: 'new' }
  await environment.teardown()
  expect(globalThis.setTimeout).toBe(setTimeout)
  expect(Math.random()).toBeLessThan(1)
  expect(process.env.CARRYOUT_TEST_KEPT).toBe('kept')
  expect(process.env.CARRYOUT_TEST_NEW).toBeUndefined()
  expect(process.env.PATH).toBeDefined()
})

test('Jest does not watch, because it would run the product’s old code', async () => {
  const { default: Environment } = await import(join(import.meta.dirname, 'environment.mjs'))
  expect(() => new Environment({ globalConfig: { watch: true }, projectConfig: {} }, {})).toThrow(/cannot watch/)
})
