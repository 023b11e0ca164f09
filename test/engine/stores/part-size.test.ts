import { MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, partSizeBytes } from '../../../engine/stores/part-size.ts'

const sizes = Array.from({ length: MAX_PARTS }, (_, index) => partSizeBytes(index + 1))

it('carries as many parts as an object can have past 5 TB', () => {
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(5e12)
})

it('keeps every part between S3’s minimum and maximum, and none smaller than the previous one', () => {
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(MIN_PART_BYTES)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES)
  for (let part = 1; part < sizes.length; part++) expect(sizes[part]).toBeGreaterThanOrEqual(sizes[part - 1]!)
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
