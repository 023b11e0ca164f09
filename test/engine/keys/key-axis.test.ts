import { axesBetween } from '../../../engine/keys/key-axis.ts'
import type { Cursor } from '../../../statemachine/contract.ts'

type Type = Cursor['type']

/** What each axis proposes at these shares of the way. */
function proposals(type: Type, first: string, last: string, shares: number[]): string[][] {
  return axesBetween({ type, value: first }, { type, value: last }).map((axis) =>
    shares.map((share) => axis.at(share).value),
  )
}

const QUARTERS = [0, 0.25, 0.5, 1]

test.each<[Type, string, string, string[]]>([
  ['integer', '0', '100', ['0', '25', '50', '100']],
  ['integer', '-9', '7', ['-9', '-5', '-1', '7']],
  ['integer', '0', '18446744073709551615', ['0', '4611686018427387903', '9223372036854775807', '18446744073709551615']],
  ['decimal', '5', '9', ['5', '6', '7', '9']],
  ['decimal', '-1.50', '2.50', ['-1.50', '-0.50', '0.50', '2.50']],
  ['decimal', '-0.04', '0.04', ['-0.04', '-0.02', '0.00', '0.04']],
  ['temporal', '2026-01-01', '2026-01-05', ['2026-01-01', '2026-01-02', '2026-01-03', '2026-01-05']],
  [
    'temporal',
    '2026-01-01 00:00:00',
    '2026-01-01 00:00:04',
    ['2026-01-01 00:00:00', '2026-01-01 00:00:01', '2026-01-01 00:00:02', '2026-01-01 00:00:04'],
  ],
  [
    'temporal',
    '1969-12-31 23:59:59.0',
    '1969-12-31 23:59:59.8',
    ['1969-12-31 23:59:59.0', '1969-12-31 23:59:59.2', '1969-12-31 23:59:59.4', '1969-12-31 23:59:59.8'],
  ],
  [
    'temporal',
    '2026-01-01 00:00:00.000000',
    '2026-01-01 00:00:00.000004',
    [
      '2026-01-01 00:00:00.000000',
      '2026-01-01 00:00:00.000001',
      '2026-01-01 00:00:00.000002',
      '2026-01-01 00:00:00.000004',
    ],
  ],
  ['temporal', '-00:00:02', '00:00:02', ['-00:00:02', '-00:00:01', '00:00:00', '00:00:02']],
  ['temporal', '-838:59:59', '838:59:59', ['-838:59:59', '-419:29:59', '00:00:00', '838:59:59']],
  ['temporal', '10:20:30', '30:50:10', ['10:20:30', '15:27:55', '20:35:20', '30:50:10']],
  ['temporal', '-00:00:00.05', '00:00:00.15', ['-00:00:00.05', '00:00:00.00', '00:00:00.05', '00:00:00.15']],
  [
    'temporal',
    '00:00:00.000000',
    '00:00:00.000004',
    ['00:00:00.000000', '00:00:00.000001', '00:00:00.000002', '00:00:00.000004'],
  ],
])('between keys of type %s, from %s to %s, it proposes values of their form', (type, first, last, expected) => {
  expect(proposals(type, first, last, QUARTERS)).toEqual([expected])
})

test.each<[string, string, string[]]>([
  ['aa', 'ai', ['aa', 'ac', 'ae', 'ai']],
  // One character is not enough.
  ['a', 'b', ['a', 'a7g7g7', 'aOOOOO', 'b']],
  ['ab', 'abd', ['ab', 'ab1', 'abB', 'abd']],
  // Only six characters after the common prefix count.
  ['xaaaaaaaa', 'xbbbbbbbb', ['xaaaaaa', 'xayayay', 'xb2b2b2', 'xbbbbbb']],
  ['あ', 'う', ['あ', 'ぃ', 'い', 'う']],
  // Outside the space to the last character before the surrogates, the nearest one counts.
  ['\t', '\u{1F600}', ['', '㘗ꈈ', '氏氐', '\ud7ff']],
])('between the texts %j and %j, it proposes texts of the characters that occur in keys', (first, last, expected) => {
  expect(proposals('text', first, last, QUARTERS)[0]).toEqual(expected)
})

test('between texts it first takes upper and lower case as equal, then as they are encoded', () => {
  expect(proposals('text', 'KA', 'Kc', [0.5])).toEqual([['kb'], ['KR']])
  // Without regard to case, nothing lies between them.
  expect(proposals('text', 'A', 'a', [0.5])).toEqual([['Q']])
})

test.each([
  [[0x10], [0x20], [[0x10], [0x14], [0x18], [0x20]]],
  [
    [1, 2, 3],
    [1, 2, 7],
    [
      [1, 2, 3],
      [1, 2, 4],
      [1, 2, 5],
      [1, 2, 7],
    ],
  ],
  [[], [1], [[], [0, 0x40], [0, 0x80], [1]]],
  [
    [1, 9, 9, 9, 9, 9, 9, 9, 9],
    [9],
    [[1, 9, 9, 9, 9, 9, 9, 9], [3, 6, 198, 198, 198, 198, 198, 198], [5, 4, 132, 132, 132, 132, 132, 132], [9]],
  ],
])('between the bytes %j and %j, it proposes bytes', (first, last, expected) => {
  const base64 = (bytes: number[]) => Buffer.from(bytes).toString('base64')
  expect(proposals('binary', base64(first), base64(last), QUARTERS)[0]).toEqual(expected.map(base64))
})

test('a proposal has the type of the first key', () => {
  const [axis] = axesBetween({ type: 'decimal', value: '1' }, { type: 'decimal', value: '3' })
  expect(axis!.at(0.5)).toEqual({ type: 'decimal', value: '2' })
})

test.each<[Type, string, string]>([
  ['integer', '7', '7'],
  ['integer', '8', '7'],
  ['temporal', '0000-00-00', '2026-01-01'],
  ['temporal', '2026-01-01', '0000-00-00'],
  ['temporal', '00:00:00', '?'],
  ['text', 'same', 'same'],
  ['binary', 'AQI=', 'AQI='],
])('between keys of type %s, from %s to %s, nothing can be proposed', (type, first, last) => {
  expect(axesBetween({ type, value: first }, { type, value: last })).toEqual([])
})
