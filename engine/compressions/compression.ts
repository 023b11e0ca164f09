/**
 * Compression after the format. A file is a series of members, each compressed on its own. The gzip and zstd formats
 * allow this, so chunks can be joined. A chunk always ends at the end of a member.
 */
import { promisify } from 'node:util'
import { constants, gzip as gzipCallback, zstdCompress as zstdCallback } from 'node:zlib'
import type { Compression as CompressionName } from '../../statemachine/contract.ts'
import type { Output } from '../rows/output.ts'
import { ZipWriter } from './zip.ts'

export interface Compression {
  name: Exclude<CompressionName, 'none'>
  /** Appended to the format's extension, or (`zip`) used instead of it. */
  extension: string
  replacesExtension: boolean
  mediaType: string
  cuttable: boolean
  /** Opens a compressor for one chunk. @param entryName the file's name once it is unpacked */
  open(entryName: string): Compressor
}

export interface Compressor {
  /** Compresses one member. The caller may reuse `bytes` once the promise resolves. */
  member(bytes: Uint8Array, output: Output): Promise<void>
  /** Called at the end of the file. */
  end(output: Output): Promise<void>
}

/**
 * Chosen by bench/compression.ts, by what a reader waits for: the time to compress on one core and to download the rest at
 * 100 Mbit/s. 15 MB of the sample shop's orders, and 37 MB of the benchmark's table:
 *
 * |        | MB/s     | of the bytes    | seconds        |
 * | gzip 1 | 148, 356 | 27.6 %, 16.0 %  | 0.42, 0.58     |
 * | gzip 4 | 107, 242 | 24.8 %, 14.9 %  | 0.43, 0.59     |
 * | gzip 6 |  58, 146 | 23.4 %, 14.1 %  | 0.53, 0.67     |
 * | zstd 1 | 341, 547 | 26.0 %, 12.9 %  | 0.35, 0.45     |
 * | zstd 2 | 308, 601 | 25.5 %, 12.6 %  | 0.35, 0.44     |
 * | zstd 3 | 251, 528 | 25.2 %, 13.3 %  | 0.35, 0.46     |
 * | zstd 6 | 103, 170 | 23.1 %, 12.9 %  | 0.41, 0.60     |
 *
 * Of two levels that are equally fast, the lower is used, because the database's slot is held during compression.
 */
const GZIP_LEVEL = 1
export const ZSTD_LEVEL = 2

const gzipAsync = promisify<Uint8Array, { level: number }, Buffer>(gzipCallback)
const zstdAsync = promisify<Uint8Array, { params: Record<number, number> }, Buffer>(zstdCallback)

function membersOf(compress: (bytes: Uint8Array) => Promise<Buffer>): () => Compressor {
  return () => ({
    async member(bytes, output) {
      output.write(await compress(bytes))
    },
    async end() {},
  })
}

export const compressions: Record<Exclude<CompressionName, 'none'>, Compression> = {
  gzip: {
    name: 'gzip',
    extension: 'gz',
    replacesExtension: false,
    mediaType: 'application/gzip',
    cuttable: true,
    open: membersOf((bytes) => gzipAsync(bytes, { level: GZIP_LEVEL })),
  },
  zstd: {
    name: 'zstd',
    extension: 'zst',
    replacesExtension: false,
    mediaType: 'application/zstd',
    cuttable: true,
    open: membersOf((bytes) =>
      zstdAsync(bytes, {
        params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
      }),
    ),
  },
  zip: {
    name: 'zip',
    extension: 'zip',
    replacesExtension: true,
    mediaType: 'application/zip',
    cuttable: false,
    open(entryName) {
      const zip = new ZipWriter()
      let begun = false
      const begin = (output: Output) => {
        if (!begun) zip.begin(entryName, output)
        begun = true
      }
      return {
        async member(bytes, output) {
          begin(output)
          await zip.write(bytes, output)
        },
        async end(output) {
          begin(output)
          await zip.end(output)
          zip.finish(output)
        },
      }
    },
  },
}
