import { toUtc } from '../../../../engine/formats/parquet/time-zone.ts'

/** An hour before, in and after each change of the clock, and the instants that it shows; null if it shows it twice. */
test.each([
  ['+00:00', '2026-01-01T00:00:00', '2026-01-01T00:00:00'],
  ['+09:00', '2026-01-01T00:00:00', '2025-12-31T15:00:00'],
  ['-03:30', '2026-01-01T00:00:00', '2026-01-01T03:30:00'],
  ['Asia/Tokyo', '2026-01-01T00:00:00', '2025-12-31T15:00:00'],
  ['UTC', '2026-01-01T00:00:00', '2026-01-01T00:00:00'],
  ['America/New_York', '2026-11-01T00:00:00', '2026-11-01T04:00:00'],
  ['America/New_York', '2026-11-01T00:59:59', '2026-11-01T04:59:59'],
  ['America/New_York', '2026-11-01T01:00:00', null],
  ['America/New_York', '2026-11-01T01:59:59', null],
  ['America/New_York', '2026-11-01T02:00:00', '2026-11-01T07:00:00'],
  ['America/New_York', '2026-11-01T23:59:59', '2026-11-02T04:59:59'],
  ['America/New_York', '2026-03-08T01:59:59', '2026-03-08T06:59:59'],
  ['America/New_York', '2026-03-08T03:00:00', '2026-03-08T07:00:00'],
  ['America/New_York', '2026-03-07T12:00:00', '2026-03-07T17:00:00'],
  ['America/New_York', '2026-03-09T12:00:00', '2026-03-09T16:00:00'],
  ['Australia/Lord_Howe', '2026-04-05T01:29:59', '2026-04-04T14:29:59'],
  ['Australia/Lord_Howe', '2026-04-05T01:30:00', null],
  ['Australia/Lord_Howe', '2026-04-05T02:00:00', '2026-04-04T15:30:00'],
  ['Africa/Monrovia', '1972-01-06T23:59:59', '1972-01-07T00:44:29'],
  ['Africa/Monrovia', '1972-01-07T00:44:30', '1972-01-07T00:44:30'],
  ['Pacific/Apia', '2011-12-29T23:59:59', '2011-12-30T09:59:59'],
  ['Pacific/Apia', '2011-12-31T00:00:00', '2011-12-30T10:00:00'],
  ['Pacific/Kiritimati', '1995-01-02T00:00:00', '1995-01-01T10:00:00'],
])('the clock of %s shows %s at %s', (timeZone, local, instant) => {
  const utc = toUtc(timeZone)
  const expected = instant && secondsOf(instant)
  expect(utc(secondsOf(local))).toBe(expected)
  // The same again, when the day is known.
  expect(utc(secondsOf(local))).toBe(expected)
})

test.each(['Europe/Berlin', 'America/St_Johns', 'Pacific/Chatham', 'America/Sao_Paulo'])(
  'the clock of %s shows every half hour of two years at its instant',
  (timeZone) => {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
    const instants = Array.from({ length: 2 * 365 * 48 }, (_, i) => Date.UTC(2017, 0, 1) / 1000 + i * 1800)
    const shown = instants.map((seconds) => secondsOf(format.format(seconds * 1000).replace(' ', 'T')))
    const times = new Map<number, number>()
    for (const local of shown) times.set(local, (times.get(local) ?? 0) + 1)
    const utc = toUtc(timeZone)
    const wrong = shown.filter((local, i) => utc(local) !== (times.get(local) === 1 ? instants[i] : null))
    expect(wrong).toEqual([])
  },
)

function secondsOf(text: string): number {
  return Date.parse(`${text}Z`) / 1000
}
