/** Compressed pages in sequence, each preceded by its header. */
import { constants, zstdCompressSync } from 'node:zlib'
import type { PageHeader } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writePageHeader } from 'hyparquet-writer/src/datapage.js'
import { ZSTD_LEVEL } from '../../compressions/compression.ts'

const LEVEL = { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL }

export class Pages {
  /** Bytes of the pages and their headers before compression. */
  plainBytes = 0
  readonly #bytes = new ByteWriter()

  get length(): number {
    return this.#bytes.index
  }

  /** The pages; valid until they are cleared. */
  get written(): Uint8Array {
    return this.#bytes.getBytes()
  }

  add(page: Uint8Array, header: Omit<PageHeader, 'uncompressed_page_size' | 'compressed_page_size'>): void {
    const compressed = zstdCompressSync(page, { params: LEVEL, pledgedSrcSize: page.length })
    const begin = this.#bytes.index
    writePageHeader(this.#bytes, {
      ...header,
      uncompressed_page_size: page.length,
      compressed_page_size: compressed.length,
    })
    this.plainBytes += this.#bytes.index - begin + page.length
    this.#bytes.appendBytes(compressed)
  }

  clear(): void {
    this.#bytes.index = 0
    this.plainBytes = 0
  }
}
