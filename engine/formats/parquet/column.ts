/**
 * One column of the current row group. Pages are encoded and compressed as soon as they are full, so little more than
 * the group's compressed bytes is held: a column's pages must be contiguous in the file, after those of the previous
 * column.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/
 */
import type { ColumnChunk } from 'hyparquet'
import type { ByteWriter } from 'hyparquet-writer'
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js'
import { Output } from '../../rows/output.ts'
import type { Source } from '../../rows/words.ts'
import { Bounds } from './bounds.ts'
import { Dictionary } from './dictionary.ts'
import { Pages } from './pages.ts'
import type { ColumnType, Describe } from './types.ts'

const FIRST_BYTES = 4096
/**
 * The limit of parquet-java, because a reader decompresses a whole page and holds a dictionary while it reads the
 * column.
 */
const PAGE_BYTES = 1 << 20
const DICTIONARY_BYTES = 1 << 20
const NUMBER_BYTES = Int32Array.BYTES_PER_ELEMENT

export class ColumnWriter {
  readonly #type: ColumnType
  readonly #bounds: Bounds
  /** Scratch buffer for one page before compression, shared by all columns. */
  readonly #page: ByteWriter
  /** The current page: one byte per row (0 for NULL), the values, and their indexes in the dictionary. */
  readonly #present = new Output(FIRST_BYTES, 0)
  readonly #values = new Output(FIRST_BYTES, 0)
  readonly #numbers = new Output(FIRST_BYTES, 0)
  /** Finished pages of the current group. */
  readonly #pages = new Pages()
  readonly #dictionaryPage = new Pages()
  readonly #dictionary = new Dictionary()
  /** How many dictionary entries the finished pages use. */
  #usedCount = 0
  #usedBytes = 0
  #dictionaryPays = true
  #rows = 0
  #nulls = 0

  /** @param page is shared by the columns and used only while one of them ends a page */
  constructor(type: ColumnType, page: ByteWriter) {
    this.#type = type
    this.#page = page
    this.#bounds = new Bounds(type.element)
  }

  /** Bytes of finished pages held in memory. */
  get heldBytes(): number {
    return this.#pages.length + this.#usedBytes
  }

  pushNull(): void {
    this.#present.reserve(1)[this.#present.length++] = 0
    this.#nulls++
  }

  push(source: Source, start: number, end: number, describe: Describe): void {
    this.#present.reserve(1)[this.#present.length++] = 1
    const values = this.#values
    const at = values.length
    this.#type.write(source, start, end, values, describe)
    if (this.#dictionaryPays) this.#pushNumber(at, values.length)
    if (values.length >= PAGE_BYTES) this.endPage()
  }

  #pushNumber(start: number, end: number): void {
    const numbers = this.#numbers
    numbers.reserve(NUMBER_BYTES)
    numbers.words.setInt32(numbers.length, this.#dictionary.numberOf(this.#values.words, start, end), true)
    numbers.length += NUMBER_BYTES
    if (this.#dictionary.values.length > DICTIONARY_BYTES) this.#dictionaryPays = false
  }

  /** Ends the current page if it has any rows. */
  endPage(): void {
    if (this.#present.length === 0) return
    const values = this.#values
    const dictionary = this.#dictionary
    const numbers = new Int32Array(this.#numbers.buffer.buffer, 0, this.#numbers.length / NUMBER_BYTES)
    const bits = 32 - Math.clz32(dictionary.count - 1)
    const added = dictionary.values.length - this.#usedBytes
    const isCoded = this.#dictionaryPays && added + (numbers.length * bits) / 8 < values.length
    const page = this.#page
    page.index = 0
    page.appendUint32(0)
    // The page's view may have changed after an append.
    const levelBytes = writeRleBitPackedHybrid(page, this.#present.written, 1)
    page.view.setUint32(0, levelBytes, true)
    if (isCoded) {
      page.appendUint8(bits)
      writeRleBitPackedHybrid(page, numbers, bits)
      this.#usedCount = dictionary.count
      this.#usedBytes = dictionary.values.length
    } else {
      page.appendBytes(values.written)
      this.#bounds.add(values.words, values.length)
      // As in parquet-java, the rest of the group does without a dictionary as well. A page of NULLs alone does not
      // decide it.
      if (values.length > 0) this.#dictionaryPays = false
    }
    this.#pages.add(page.getBytes(), {
      type: 'DATA_PAGE',
      data_page_header: {
        num_values: this.#present.length,
        encoding: isCoded ? 'RLE_DICTIONARY' : 'PLAIN',
        definition_level_encoding: 'RLE',
        repetition_level_encoding: 'RLE',
      },
    })
    this.#rows += this.#present.length
    for (const output of [this.#present, this.#values, this.#numbers]) output.length = 0
  }

  /** Writes the group's pages and begins the next group. @param offset of the group in the file */
  endGroup(offset: number, output: Output): ColumnChunk {
    const hasDictionary = this.#usedCount > 0
    if (hasDictionary) {
      const { buffer, words } = this.#dictionary.values
      this.#bounds.add(words, this.#usedBytes)
      this.#dictionaryPage.add(buffer.subarray(0, this.#usedBytes), {
        type: 'DICTIONARY_PAGE',
        dictionary_page_header: { num_values: this.#usedCount, encoding: 'PLAIN' },
      })
    }
    const written = [this.#dictionaryPage, this.#pages]
    for (const pages of written) output.write(pages.written)
    const { element } = this.#type
    const chunk: ColumnChunk = {
      file_offset: BigInt(offset),
      meta_data: {
        type: element.type!,
        encodings: hasDictionary ? ['PLAIN', 'RLE', 'RLE_DICTIONARY'] : ['PLAIN', 'RLE'],
        path_in_schema: [element.name],
        codec: 'ZSTD',
        num_values: BigInt(this.#rows),
        total_uncompressed_size: BigInt(written.reduce((sum, { plainBytes }) => sum + plainBytes, 0)),
        total_compressed_size: BigInt(written.reduce((sum, { length }) => sum + length, 0)),
        data_page_offset: BigInt(offset + this.#dictionaryPage.length),
        ...(hasDictionary && { dictionary_page_offset: BigInt(offset) }),
        statistics: { ...this.#bounds.take(), null_count: BigInt(this.#nulls) },
      },
    }
    this.#clear()
    return chunk
  }

  #clear(): void {
    this.#pages.clear()
    this.#dictionaryPage.clear()
    this.#dictionary.clear()
    this.#usedCount = 0
    this.#usedBytes = 0
    this.#dictionaryPays = true
    this.#rows = 0
    this.#nulls = 0
  }
}
