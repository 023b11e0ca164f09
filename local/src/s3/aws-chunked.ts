/**
 * The `aws-chunked` transfer encoding: chunks of `<size in hex>[;chunk-signature=…]`, and trailers after the last one.
 * Chunk signatures are ignored, because the local cloud trusts everybody who can connect.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { incompleteBody, S3Error } from './errors.ts'

const LINE_FEED = 10
const MAX_LINE = 16 * 1024

/**
 * Yields the payload's bytes as they arrive, without copying. After the end, `trailers` has the trailers by lower-case
 * name.
 *
 * @throws S3Error IncompleteBody if it ends early, InvalidRequest if it is malformed
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  let state: 'size' | 'data' | 'end of data' | 'trailers' | 'end' = 'size'
  let remaining = 0
  let line = ''
  for await (const buffer of source) {
    let at = 0
    while (at < buffer.length) {
      if (state === 'data') {
        const piece = buffer.subarray(at, at + remaining)
        at += piece.length
        remaining -= piece.length
        if (remaining === 0) state = 'end of data'
        yield piece
        continue
      }
      const lineFeed = buffer.indexOf(LINE_FEED, at)
      line += buffer.toString('latin1', at, lineFeed < 0 ? buffer.length : lineFeed)
      if (line.length > MAX_LINE) throw malformed()
      if (lineFeed < 0) break
      at = lineFeed + 1
      const text = line.trimEnd()
      line = ''
      if (state === 'size') {
        const size = /^([0-9a-fA-F]{1,12})(;.*)?$/.exec(text)
        if (!size) throw malformed()
        remaining = Number.parseInt(size[1]!, 16)
        state = remaining === 0 ? 'trailers' : 'data'
      } else if (state === 'end of data') {
        if (text !== '') throw malformed()
        state = 'size'
      } else if (state === 'trailers') {
        if (text === '') state = 'end'
        else addTrailer(text, trailers)
      } else {
        throw malformed()
      }
    }
  }
  // Not every client sends the empty line after the trailers.
  if (state !== 'end' && !(state === 'trailers' && line === '')) throw incompleteBody()
}

function addTrailer(text: string, trailers: Map<string, string>): void {
  const colon = text.indexOf(':')
  if (colon < 0) {
    throw new S3Error('MalformedTrailerError', 400, 'The request contained trailing data that was not well-formed.')
  }
  trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim())
}

const malformed = () => new S3Error('InvalidRequest', 400, 'The body is not a valid aws-chunked transfer.')
