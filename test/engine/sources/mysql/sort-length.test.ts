/** How many bytes of a key a server sorts by, without a server. */
import {
  isSortedByText,
  longestSortKey,
  sortLengthOf,
  sortSettings,
} from '../../../../engine/sources/mysql/sort-length.ts'
import { KeyNotUnique } from '../../../../statemachine/errors.ts'

test('only texts and bytes are sorted by a part of them', () => {
  expect((['text', 'binary', 'json', 'integer', 'datetime'] as const).filter(isSortedByText)).toEqual([
    'text',
    'binary',
  ])
})

test('a text needs 12 bytes per byte, bytes need one', () => {
  expect(sortLengthOf('text', 1)).toBe(12)
  expect(sortLengthOf('binary', 1)).toBe(1)
})

test('a key that no index holds is measured, as is one of unknown length', () => {
  // VARCHAR(3072) in utf8mb4.
  expect(sortLengthOf('binary', 3072 * 4)).toBe(12_288)
  expect(sortLengthOf('binary', 3072 * 4 + 1)).toBeNull()
  expect(sortLengthOf('text', 0)).toBeNull()
  expect(sortLengthOf('text', -1)).toBeNull()
})

test('the longest sort key is measured by weights, or by the bytes if there are none', () => {
  expect(longestSortKey('k')).toBe(
    'MAX(GREATEST(COALESCE(LENGTH(WEIGHT_STRING(k)), 12 * LENGTH(k)), 4 * CHAR_LENGTH(k)))',
  )
})

test('a session’s sort length is raised only as far as the key needs, and its buffer beyond the default', () => {
  expect(sortSettings('id', 1024)).toBe(
    'SESSION max_sort_length = CAST(GREATEST(@@SESSION.max_sort_length, 1024) AS UNSIGNED)',
  )
  expect(sortSettings('id', 1025)).toMatch(/max_sort_length, 1025\).*, SESSION sort_buffer_size = /)
})

test('the buffer has room for fifteen rows, the least with which a server sorts', () => {
  for (const length of [1025, 100_000]) {
    const buffer = Number(/@@SESSION\.sort_buffer_size, (\d+)\)/.exec(sortSettings('id', length))![1])
    expect(buffer).toBeGreaterThan(15 * (length + 100_000))
    expect(buffer).toBeLessThan(20 * (length + 200_000))
  }
})

test('a key of up to 1 MiB can be sorted', () => {
  expect(sortSettings('id', 1024 ** 2)).toContain('1048576')
  expect(() => sortSettings('id', 1024 ** 2 + 1)).toThrow(KeyNotUnique)
  expect(() => sortSettings('id', 1024 ** 2 + 1)).toThrow(/The key id has .* \(1048577 bytes\): use a shorter key/)
})
