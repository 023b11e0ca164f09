import { count, counted, duration, table, time } from '../../terminal/format.ts'

test('durations are shown in suitable units', () => {
  expect([-5, 0, 340, 9_949, 9_950, 59_499, 59_500, 185_000, 3_599_600, 7_800_000].map(duration)).toEqual([
    '0.0 s',
    '0.0 s',
    '0.3 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 0 s',
    '3 min 5 s',
    '1 h 0 min',
    '2 h 10 min',
  ])
})

test('counts, times and tables are formatted', () => {
  expect([count(1234567), counted(1, 'row'), counted(0, 'row')]).toEqual(['1,234,567', '1 row', '0 rows'])
  expect(time(new Date('2026-11-30T21:00:05.999Z'))).toBe('2026-11-30 21:00:05')
  expect(
    table([
      ['a', 'bb'],
      ['ccc', ''],
    ]),
  ).toEqual(['a    bb', 'ccc'])
  expect(table([])).toEqual([])
})
