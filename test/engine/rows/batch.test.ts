import { locateFields, NULL_FIELD, writeFieldLength } from '../../../engine/rows/batch.ts'

/** Lengths at the borders of each form, and their prefix in MySQL's protocol. */
const PREFIXES: [length: number, prefix: number[]][] = [
  [0, [0]],
  [1, [1]],
  [250, [250]],
  [251, [0xfc, 251, 0]],
  [0x1234, [0xfc, 0x34, 0x12]],
  [0xffff, [0xfc, 0xff, 0xff]],
  [0x1_0000, [0xfd, 0, 0, 1]],
  [0x12_3456, [0xfd, 0x56, 0x34, 0x12]],
  [0xff_ffff, [0xfd, 0xff, 0xff, 0xff]],
  [0x100_0000, [0xfe, 0, 0, 0, 1, 0, 0, 0, 0]],
  [0x1234_5678, [0xfe, 0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0]],
  [0x4000_0000, [0xfe, 0, 0, 0, 0x40, 0, 0, 0, 0]],
]

test.each(PREFIXES)('a field of %i bytes begins with its length', (length, prefix) => {
  const target = new Uint8Array(20).fill(0xee)
  expect(writeFieldLength(target, 3, length)).toBe(3 + prefix.length)
  const untouched = (count: number) => new Array(count).fill(0xee)
  expect([...target]).toEqual([...untouched(3), ...prefix, ...untouched(17 - prefix.length)])
})

test.each(PREFIXES)('a field of %i bytes is located by its length', (length, prefix) => {
  // The bytes of the field itself are not read.
  const row = Uint8Array.from([0xee, 2, 0xaa, 0xbb, ...prefix])
  const [starts, ends] = [new Int32Array(2), new Int32Array(2)]
  const end = 4 + prefix.length + length
  expect(locateFields(row, 1, 2, starts, ends)).toBe(end)
  expect([...starts, ...ends]).toEqual([2, 4 + prefix.length, 4, end])
})

test('NULL is located as no place, and only so many fields as are asked for', () => {
  const row = Uint8Array.from([NULL_FIELD, 1, 0xaa, NULL_FIELD, 0, 1, 0xbb])
  const [starts, ends] = [new Int32Array(5).fill(7), new Int32Array(5).fill(7)]
  expect(locateFields(row, 0, 4, starts, ends)).toBe(5)
  expect([...starts]).toEqual([-1, 2, -1, 5, 7])
  expect([...ends]).toEqual([-1, 3, -1, 5, 7])
})
