import { isZoneName, offsetsIn } from '../../statemachine/time-zone.ts'

const MINUTE = 60_000

test.each([
  ['UTC', '2026-07-01T12:00:00Z', 0],
  ['Asia/Tokyo', '2026-01-01T00:00:00Z', 9 * 60],
  ['Asia/Tokyo', '2025-12-31T15:00:00.999Z', 9 * 60],
  ['Asia/Tokyo', '1965-03-01T00:00:00.001Z', 9 * 60],
  ['Asia/Kathmandu', '2026-02-28T23:59:59.500Z', 5 * 60 + 45],
  ['America/New_York', '2026-03-08T06:59:59.999Z', -5 * 60],
  ['America/New_York', '2026-03-08T07:00:00Z', -4 * 60],
  ['America/New_York', '2026-01-01T04:59:59Z', -5 * 60],
  // Before it had a standard time, to the second.
  ['Asia/Tokyo', '1880-01-01T00:00:00Z', 9 * 60 + 18 + 59 / 60],
])('the offset of %s at %s is %d minutes', (timeZone, instant, minutes) => {
  expect(offsetsIn(timeZone)(Date.parse(instant))).toBe(minutes * MINUTE)
})

test('names are known as Intl knows them', () => {
  expect(['Asia/Tokyo', 'UTC', 'Tokyo', ''].map(isZoneName)).toEqual([true, true, false, false])
})
