import { daysFromCivil, readClock, readDate, readMicros } from '../../../engine/formats/calendar.ts'

const DAY_MILLIS = 86_400_000
/** What surrounds a text in its row, so that reading beyond it shows. */
const [BEFORE, AFTER] = ['98', '77']

test('the days of any year are counted from 1970-01-01', () => {
  for (const year of [0, 1, 4, 100, 399, 400, 1582, 1600, 1899, 1900, 1970, 1999, 2000, 2024, 2026, 2100, 9999]) {
    for (const month of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) {
      for (const day of [1, 28]) {
        const expected = new Date(0).setUTCFullYear(year, month - 1, day) / DAY_MILLIS
        expect(daysFromCivil(year, month, day)).toBe(expected)
      }
    }
  }
})

test.each([1900, 2000, 2023, 2024])('the dates of %i are those of the calendar', (year) => {
  for (let month = 0; month <= 13; month++) {
    for (let day = 0; day <= 32; day++) {
      const text = `${year}-${two(month)}-${two(day)}`
      const date = new Date(Date.UTC(year, month - 1, day))
      const exists = date.toISOString().startsWith(text)
      expect(`${text} ${dateOf(text)}`).toBe(`${text} ${exists ? date.getTime() / DAY_MILLIS : null}`)
    }
  }
})

test.each([
  ['00:00:00', 0],
  ['00:00:59', 59],
  ['00:01:00', 60],
  ['13:05:09', 47_109],
  ['23:59:59', 86_399],
  ['838:59:59', 3_020_399],
])('the clock time %s is %i seconds after midnight', (text, seconds) => {
  expect(readClock(Buffer.from(BEFORE + text + AFTER), 2, 2 + text.indexOf(':'))).toBe(seconds)
})

test.each([
  ['13:05:09', 0],
  ['13:05:09.2', 200_000],
  ['13:05:09.25', 250_000],
  ['13:05:09.007', 7000],
  ['13:05:09.123456', 123_456],
  ['-838:59:58.000001', 1],
])('%s has %i microseconds after its second', (text, micros) => {
  expect(readMicros(Buffer.from(BEFORE + text + AFTER), 2 + text.indexOf(':'), 2 + text.length)).toBe(micros)
})

function dateOf(text: string): number | null {
  return readDate(Buffer.from(BEFORE + text + AFTER), 2)
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
