/**
 * How large the parts of an upload are. Nobody knows beforehand how long an object becomes, S3 takes 10,000 parts, and
 * every part in flight is memory: so the first thousand, 8 GB, are of one size, and from there parts grow by a fixed share,
 * which carries 10,000 of them past 5 TB and yet leaves the part at 100 GB at 69 MiB.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const MAX_PARTS = 10_000
export const MIN_PART_BYTES = 5 * 1024 ** 2
export const MAX_PART_BYTES = 5 * 1024 ** 3

const FIRST_BYTES = 8 * 1024 ** 2
const EQUAL_PARTS = 1000
const GROWTH = 1.0007
const STEP_BYTES = 64 * 1024

/** The size that part `number` (from 1) should reach before it is sent, a whole number of 64 KiB. */
export function partSizeBytes(number: number): number {
  const size = FIRST_BYTES * GROWTH ** Math.max(0, number - EQUAL_PARTS)
  return Math.floor(size / STEP_BYTES) * STEP_BYTES
}

const MIB = 1024 ** 2
/** Copied by S3 in seconds, so that many go at once and a deadline is met; as AWS advises for `UploadPartCopy`. */
const COPY_BYTES = 128 * MIB
/** So few parts of a large file, that its small chunks, which are parts of their own, find room beside them. */
const COPIES = 6000

/** The largest piece that is copied at once into a file of so many bytes. */
export function copyBytes(fileBytes: number): number {
  const needed = Math.ceil(fileBytes / COPIES / MIB) * MIB
  return Math.min(Math.max(COPY_BYTES, needed), MAX_PART_BYTES)
}
