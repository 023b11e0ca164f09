/**
 * Where a compressed file's members end. The bytes must not depend on where an export was cut, nor into which ranges it
 * was divided; so what ends a member is in the rows themselves: every key whose hash is a multiple of 4096. Ranges are
 * divided after such keys, and whatever is longer than a member may be is cut by its length from there.
 */

/** Small enough that little is repeated when a chunk is cut, large enough to compress within 1 % of one whole. */
export const MEMBER_BYTES = 1 << 20

/** On the average; a power of two. */
const ROWS_PER_MEMBER = 4096

/** Whether the row whose key's text is `bytes[start, end)` is the last of its member. */
export function endsMember(bytes: Uint8Array, start: number, end: number): boolean {
  // FNV-1a; its low bits hardly differ between the keys of neighbours, so they are stirred as murmur3 does.
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) & (ROWS_PER_MEMBER - 1)) === 0
}
