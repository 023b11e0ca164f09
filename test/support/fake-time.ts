import { syncBuiltinESMExports } from 'node:module'
import { jest } from '@jest/globals'

/** Stops the clock and all timers until a test advances them, also in modules that are loaded already. */
export function givenFakeTime(now: number): { restore(): void } {
  jest.useFakeTimers({ now, doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] })
  syncBuiltinESMExports()
  return {
    restore() {
      jest.useRealTimers()
      syncBuiltinESMExports()
    },
  }
}
