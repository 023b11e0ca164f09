import { MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES, partSizeBytes } from '../../engine/part-size.ts'

const sizes = Array.from({ length: MAX_PARTS }, (_, index) => partSizeBytes(index + 1))

it('carries as many parts as an object can have past 5 TB', () => {
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(5e12)
})

it('keeps every part between the smallest and the largest that S3 takes, and none smaller than the one before', () => {
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(MIN_PART_BYTES)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(MAX_PART_BYTES)
  for (let part = 1; part < sizes.length; part++) expect(sizes[part]).toBeGreaterThanOrEqual(sizes[part - 1]!)
})

it('leaves the parts of a file of 10 GB small enough for constant memory', () => {
  let bytes = 0
  let part = 0
  while (bytes < 10e9) bytes += partSizeBytes(++part)
  expect(partSizeBytes(part)).toBeLessThan(16 * 1024 ** 2)
})
