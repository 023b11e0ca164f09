import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'
import { jest } from '@jest/globals'

/** Lets the pauses of all modules, including those that are loaded already, pass at once, and notes how long they are. */
export function skipPauses(): { pauses: number[]; restore(): void } {
  const pauses: number[] = []
  const spy = jest.spyOn(timers, 'setTimeout').mockImplementation((async (millis: number) => {
    pauses.push(millis)
  }) as never)
  syncBuiltinESMExports()
  return {
    pauses,
    restore() {
      spy.mockRestore()
      syncBuiltinESMExports()
    },
  }
}
