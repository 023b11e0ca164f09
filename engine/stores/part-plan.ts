/** Plans how chunks become one object. Plans are plain data, so tests can compare them. */
export interface Piece {
  /** Index of the chunk. */
  chunk: number
  /** Byte range within it, end exclusive. */
  from: number
  to: number
}

/**
 * `copy` happens inside the store; `merge` is downloaded and uploaded again, because some of its pieces are too small
 * to copy.
 */
export type ComposePart = { how: 'copy'; piece: Piece } | { how: 'merge'; pieces: Piece[] }

/** Bytes of a part. */
export function lengthOf(part: ComposePart): number {
  const pieces = part.how === 'copy' ? [part.piece] : part.pieces
  return pieces.reduce((sum, { from, to }) => sum + to - from, 0)
}

export interface PartLimits {
  minBytes: number
  maxBytes: number
  maxParts: number
}

/**
 * Plans the parts of objects with these lengths, in sequence. Every part except the last has at least `minBytes`.
 * Smaller neighbours are merged, if necessary with the beginning of the next large one, so that little is downloaded.
 * @returns null if there would be more parts than a store allows
 */
export function planParts(lengths: readonly number[], limits: PartLimits): ComposePart[] | null {
  const parts: ComposePart[] = []
  let small: Piece[] = []
  let smallBytes = 0
  const add = (piece: Piece) => {
    small.push(piece)
    smallBytes += piece.to - piece.from
  }
  const flush = () => {
    const only = small.length === 1 ? small[0]! : null
    // S3 copies a range only from an object that is larger than the smallest part.
    const whole = only !== null && only.from === 0 && only.to === lengths[only.chunk]
    const copied = only !== null && (whole || lengths[only.chunk]! > limits.minBytes)
    if (small.length > 0) parts.push(copied ? { how: 'copy', piece: only } : { how: 'merge', pieces: small })
    small = []
    smallBytes = 0
  }
  for (const [chunk, length] of lengths.entries()) {
    let from = 0
    if (smallBytes > 0) {
      from = Math.min(limits.minBytes - smallBytes, length)
      if (from > 0) add({ chunk, from: 0, to: from })
      if (smallBytes >= limits.minBytes) flush()
    }
    const rest = length - from
    if (rest >= limits.minBytes) {
      const count = Math.ceil(rest / limits.maxBytes)
      const each = Math.ceil(rest / count)
      for (; from < length; from += each) {
        add({ chunk, from, to: Math.min(from + each, length) })
        flush()
      }
    } else if (rest > 0) add({ chunk, from, to: length })
  }
  flush()
  return parts.length <= limits.maxParts ? parts : null
}
