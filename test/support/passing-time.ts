import { jest } from '@jest/globals'

/**
 * Lets the pauses of modules that are imported from now on pass at once, on a clock that they move. Their other waiting
 * takes its time.
 */
export function givenPassingTime(): { passedMillis(): number; restore(): void } {
  let passed = 0
  const now = Date.now
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + passed)
  jest.unstable_mockModule('node:timers/promises', () => ({
    setTimeout: async (millis: number) => {
      passed += millis
    },
  }))
  return { passedMillis: () => passed, restore: () => clock.mockRestore() }
}
