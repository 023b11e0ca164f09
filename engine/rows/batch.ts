/**
 * Rows on the way from a source to a format: the bytes of MySQL's text protocol, many rows in one buffer, so that a
 * value becomes a JavaScript string only if somebody needs one.
 *
 * A row is a sequence of fields in the order of the source's columns. A field is
 * - `0xFB`: NULL, or
 * - a length (`< 0xFB`: that byte; `0xFC` + 2 bytes, `0xFD` + 3 bytes, `0xFE` + 8 bytes, little-endian) and that many
 * bytes:
 * the value's exact text as the server writes it in UTF-8 (`-12.50`, `2024-02-29 23:59:59.123`), or the raw bytes of
 * a column of kind `binary` or `bit`.
 * See https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_row.html
 */
export interface Batch {
  /** Valid only until the next batch is requested, because the source reuses it. */
  bytes: Buffer
  rows: number
  /** Where row i begins in `bytes`; only the first `rows` entries count. */
  starts: Int32Array
  /** Where row i ends, exclusive. */
  ends: Int32Array
}

/** Marks NULL in place of a length. */
export const NULL_FIELD = 0xfb

/**
 * Finds the first `count` fields of a row: field i is `bytes[starts[i], ends[i])`, or NULL when `starts[i]` is -1.
 * Returns where the row's next field would begin.
 */
export function locateFields(
  bytes: Uint8Array,
  offset: number,
  count: number,
  starts: Int32Array,
  ends: Int32Array,
): number {
  let at = offset
  for (let field = 0; field < count; field++) {
    const first = bytes[at++]!
    if (first < NULL_FIELD) {
      starts[field] = at
      at += first
      ends[field] = at
    } else if (first === NULL_FIELD) {
      starts[field] = -1
      ends[field] = -1
    } else {
      let length = bytes[at]! | (bytes[at + 1]! << 8)
      if (first === 0xfc) at += 2
      else if (first === 0xfd) {
        length |= bytes[at + 2]! << 16
        at += 3
      } else {
        // Four of the eight bytes suffice: a packet's values are at most 1 GiB.
        length = (length | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
        at += 8
      }
      starts[field] = at
      at += length
      ends[field] = at
    }
  }
  return at
}

/**
 * Writes the length prefix of a field of `length` bytes, at most nine bytes; returns the position of the field's bytes.
 */
export function writeFieldLength(target: Uint8Array, at: number, length: number): number {
  if (length < NULL_FIELD) {
    target[at] = length
    return at + 1
  }
  if (length < 0x1_0000) {
    target[at] = 0xfc
    target[at + 1] = length & 0xff
    target[at + 2] = length >>> 8
    return at + 3
  }
  if (length < 0x100_0000) {
    target[at] = 0xfd
    target[at + 1] = length & 0xff
    target[at + 2] = (length >>> 8) & 0xff
    target[at + 3] = length >>> 16
    return at + 4
  }
  target[at] = 0xfe
  for (let byte = 0; byte < 8; byte++) target[at + 1 + byte] = byte < 4 ? (length >>> (8 * byte)) & 0xff : 0
  return at + 9
}
