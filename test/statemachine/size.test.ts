import { size } from '../../statemachine/size.ts'

test('sizes are shown in powers of 1000', () => {
  expect([0, 999, 1000, 1234, 99_940, 99_950, 999_949, 999_950, 14_673_531, 5e12, 5e15].map(size)).toEqual([
    '0 bytes',
    '999 bytes',
    '1.0 kB',
    '1.2 kB',
    '99.9 kB',
    '100 kB',
    '1000 kB',
    '1.0 MB',
    '14.7 MB',
    '5.0 TB',
    '5000 TB',
  ])
})
