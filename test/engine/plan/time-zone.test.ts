import { dayIn, isTimeZone, offsetMinutes } from '../../../engine/plan/time-zone.ts'

describe('a time zone', () => {
  test.each(['+00:00', '-3:30', '+09:00', '-12:59', '+14:59', 'UTC', 'Asia/Tokyo'])('may be %s', (text) => {
    expect(isTimeZone(text)).toBe(true)
  })

  test.each(['', '09:00', '+15:00', '+009:00', '+09:60', '+0900', '+09', 'Asia/Tokio', 'SYSTEM'])(
    'may not be %j, which the database or JavaScript does not know',
    (text) => {
      expect(isTimeZone(text)).toBe(false)
    },
  )

  test.each([
    ['+09:00', 540],
    ['-3:30', -210],
    ['UTC', null],
  ])('of %s has an offset of %j minutes', (text, minutes) => {
    expect(offsetMinutes(text)).toBe(minutes)
  })

  test.each([
    ['+9:00', '2026-02-01'],
    ['Asia/Tokyo', '2026-02-01'],
    ['-03:30', '2026-01-31'],
  ])('has a day of its own: %s', (zone, day) => {
    expect(dayIn(zone, new Date('2026-01-31T15:00:00Z'))).toBe(day)
  })
})
