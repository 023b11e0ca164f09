import {
  copyBytes,
  MAX_PART_BYTES,
  MAX_PARTS,
  MIN_PART_BYTES,
  partSizeBytes,
} from '../../../engine/stores/part-size.ts'

const sizes = Array.from({ length: MAX_PARTS }, (_, index) => partSizeBytes(index + 1))

it('carries as many parts as an object can have past 5 TB', () => {
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(5e12)
})

it('keeps every part between S3’s minimum and maximum, and none smaller than the previous one', () => {
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(MIN_PART_BYTES)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES)
  expect(sizes.filter((size, index) => size < (sizes[index - 1] ?? 0))).toEqual([])
})

it('fills parts with whole pieces of 64 KiB', () => {
  expect(sizes.filter((size) => size % 65_536 !== 0)).toEqual([])
})

it('copies in pieces that take S3 seconds, of at most the 5 GiB that it allows', () => {
  expect(copyBytes(1e9)).toBeLessThan(512 * 1024 ** 2)
  expect(copyBytes(1e15)).toBe(5_368_709_120)
})

/** Returns the size of the part that contains this byte. */
function partAt(bytes: number): number {
  let sum = 0
  for (const size of sizes) {
    sum += size
    if (sum >= bytes) return size
  }
  throw new Error('not reached')
}

it('keeps the parts of a file of 8 GB equal, so that 20 million rows take the memory of one million', () => {
  expect(partAt(8e9)).toBe(partAt(1))
})

it('leaves the parts of what one invocation can write, 100 GB, small enough for its memory', () => {
  expect(partAt(100e9)).toBeLessThan(80 * 1024 ** 2)
})
