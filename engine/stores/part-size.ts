/**
 * The size of an upload's parts. An object's length is unknown in advance, S3 allows 10,000 parts, and every part in
 * flight takes memory. So the first thousand (8 GB) have one size, and from there parts grow by a constant factor,
 * which takes 10,000 of them beyond 5 TB and keeps the part at 100 GB at 69 MiB.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
 */
export const MAX_PARTS = 10_000
export const MIN_PART_BYTES = 5 * 1024 ** 2
export const MAX_PART_BYTES = 5 * 1024 ** 3

const FIRST_BYTES = 8 * 1024 ** 2
const EQUAL_PARTS = 1000
const GROWTH = 1.0007
const STEP_BYTES = 64 * 1024

/** Returns the size that part `number` (from 1) should reach before it is sent, a multiple of 64 KiB. */
export function partSizeBytes(number: number): number {
  const size = FIRST_BYTES * GROWTH ** Math.max(0, number - EQUAL_PARTS)
  return Math.floor(size / STEP_BYTES) * STEP_BYTES
}

const MIB = 1024 ** 2
/**
 * S3 copies such a part in seconds, so many can run in parallel and a deadline can be met; AWS advises it for
 * `UploadPartCopy`.
 */
const COPY_BYTES = 128 * MIB
/** Few enough parts for a large file's small chunks, which are parts of their own, to have room beside them. */
const COPIES = 6000

/** Returns the largest piece to copy in one request into a file of this many bytes. */
export function copyBytes(fileBytes: number): number {
  const needed = Math.ceil(fileBytes / COPIES / MIB) * MIB
  return Math.min(Math.max(COPY_BYTES, needed), MAX_PART_BYTES)
}
