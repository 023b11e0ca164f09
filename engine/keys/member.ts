/**
 * Where the members of a compressed file end. The file's bytes must not depend on where an export was cut or how it was
 * divided into ranges, so the rows themselves determine it: a member ends at every key whose hash is a multiple of
 * 4096. Ranges are divided after such keys. A member that grows beyond its maximum is cut by length from there.
 */

/**
 * Small enough that little is repeated when a chunk is cut, and large enough to compress within 1 % of a single member.
 */
export const MEMBER_BYTES = 1 << 20

/** Average number of rows per member; a power of two. */
const ROWS_PER_MEMBER = 4096

/** Whether the row whose key's text is `bytes[start, end)` is the last of its member. */
export function endsMember(bytes: Uint8Array, start: number, end: number): boolean {
  // FNV-1a. Its low bits hardly differ between neighbouring keys, so murmur3's final mix is applied.
  let hash = 0x811c9dc5
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) & (ROWS_PER_MEMBER - 1)) === 0
}
