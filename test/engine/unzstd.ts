import { zstdDecompressSync } from 'node:zlib'

/** Node's decoder stops after the first of several frames, though the standard (RFC 8878) lets them follow each other. */
export function unzstd(content: Buffer): Buffer {
  const frames: Buffer[] = []
  for (let rest = content; rest.length > 0; ) {
    const { buffer, engine } = zstdDecompressSync(rest, { info: true } as object) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    frames.push(buffer)
    rest = rest.subarray(engine.bytesWritten)
  }
  return Buffer.concat(frames)
}
