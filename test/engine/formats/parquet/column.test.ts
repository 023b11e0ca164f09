/** The pages of one column of a row group, and what its metadata say about them. */
import { createHash } from 'node:crypto'
import { zstdDecompressSync } from 'node:zlib'
import { ByteWriter } from 'hyparquet-writer'
import { ColumnWriter } from '../../../../engine/formats/parquet/column.ts'
import { columnType } from '../../../../engine/formats/parquet/types.ts'
import { Output } from '../../../../engine/rows/output.ts'
import { sourceOf } from '../../../../engine/rows/words.ts'
import { givenColumn } from '../support.ts'

const OFFSET = 1000
const MIB = 1 << 20

describe('a column of few different values', () => {
  test('has them once, in a dictionary before its pages', () => {
    const { push, group } = given()
    for (let row = 0; row < 5000; row++) push(row % 5 === 4 ? null : `value ${row % 4}`)
    const { meta, bytes } = group()
    expect(meta).toMatchObject({
      ...{ type: 'BYTE_ARRAY', path_in_schema: ['c'], codec: 'ZSTD', num_values: 5000n },
      encodings: ['PLAIN', 'RLE', 'RLE_DICTIONARY'],
      dictionary_page_offset: BigInt(OFFSET),
      total_compressed_size: BigInt(bytes.length),
      statistics: { min_value: bytesOf('value 0'), max_value: bytesOf('value 3'), null_count: 1000n },
    })
    expect(meta.data_page_offset).toBeGreaterThan(BigInt(OFFSET))
    expect(meta.data_page_offset).toBeLessThan(BigInt(OFFSET + bytes.length))
    const dictionary = zstdDecompressSync(bytes.subarray(bytes.indexOf(Buffer.from('28b52ffd', 'hex'))))
    expect(dictionary.toString('latin1')).toBe([0, 1, 2, 3].map((n) => `\x07\0\0\0value ${n}`).join(''))
    // 4000 numbers of two bits, 5000 marks of one, and four values of eleven bytes.
    expect(meta.total_uncompressed_size).toBeGreaterThan(1000n + 625n)
    expect(meta.total_uncompressed_size).toBeLessThan(2000n)
  })

  test('has as many bits for each number as they need', () => {
    const bytesWith = (count: number) => {
      const { push, group } = given()
      for (let row = 0; row < 8000; row++) push(`value ${row % count}`)
      return Number(group().meta.total_uncompressed_size)
    }
    expect(bytesWith(5) - bytesWith(4)).toBeGreaterThan(900)
    expect(bytesWith(8) - bytesWith(5)).toBeLessThan(100)
  })

  test('holds the bytes of the dictionary as well', () => {
    const { column, push } = given()
    for (let row = 0; row < 100; row++) push(String(row % 10).repeat(1000))
    column.endPage()
    expect(column.heldBytes).toBeGreaterThan(10_000)
    expect(column.heldBytes).toBeLessThan(11_000)
  })
})

describe('a column of different values', () => {
  test('has no dictionary', () => {
    const { push, group } = given()
    for (let row = 0; row < 3000; row++) push(`value ${row}`)
    const { meta, bytes } = group()
    expect(meta).toMatchObject({ encodings: ['PLAIN', 'RLE'], data_page_offset: BigInt(OFFSET), num_values: 3000n })
    expect(meta).not.toHaveProperty('dictionary_page_offset')
    expect(meta.total_compressed_size).toBe(BigInt(bytes.length))
    expect(meta.statistics).toEqual({
      ...{ min_value: bytesOf('value 0'), max_value: bytesOf('value 999'), null_count: 0n },
    })
  })

  test('has none after a page without one, unless that page has only NULLs', () => {
    const { column, push, group } = given()
    push(null)
    column.endPage()
    for (let row = 0; row < 100; row++) push('the same')
    expect(group().meta.encodings).toContain('RLE_DICTIONARY')
    for (let row = 0; row < 100; row++) push(`value ${row}`)
    column.endPage()
    for (let row = 0; row < 1000; row++) push('the same')
    expect(group().meta.encodings).not.toContain('RLE_DICTIONARY')
  })

  test('adds nothing to a dictionary that has reached a MiB', () => {
    const { column, push } = given()
    // Ten values of 100 kB are in the dictionary after two pages, and there is no room for two more.
    for (const first of [0, 5]) for (let row = 0; row < 11; row++) push(random(first + (row % 5), 100_000))
    const before = column.heldBytes
    for (let row = 0; row < 11; row++) push(random(10 + (row % 2), 100_000))
    expect(before).toBeGreaterThan(1e6)
    expect(before).toBeLessThan(1.1e6)
    // They are in a page instead, which unlike the dictionary is compressed already.
    expect(column.heldBytes - before).toBeGreaterThan(50_000)
    expect(column.heldBytes - before).toBeLessThan(150_000)
  })

  test('does not keep its values in memory', () => {
    const { column } = given()
    const value = Buffer.alloc(MIB, 'x')
    const push = (row: number) => {
      value.write(String(row))
      column.push(sourceOf(value), 0, MIB, () => 'row 1, column c')
    }
    // The first value fills the dictionary.
    push(0)
    const before = process.memoryUsage().arrayBuffers
    for (let row = 1; row < 64; row++) push(row)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30 * MIB)
  })
})

describe('a page', () => {
  test('ends when its values reach a MiB', () => {
    const { column, push } = given()
    // Each value follows its length in four bytes.
    push('x'.repeat(MIB / 2 - 4))
    expect(column.heldBytes).toBe(0)
    push('y'.repeat(MIB / 2 - 5))
    expect(column.heldBytes).toBe(0)
    push('')
    expect(column.heldBytes).toBeGreaterThan(0)
    const exact = given()
    exact.push('x'.repeat(MIB - 4))
    expect(exact.column.heldBytes).toBeGreaterThan(0)
  })

  test('without rows is not written', () => {
    const { column, push, group } = given()
    for (let row = 0; row < 10; row++) push('value')
    column.endPage()
    const held = column.heldBytes
    column.endPage()
    expect(column.heldBytes).toBe(held)
    group()
    const { bytes, meta } = group()
    expect([bytes.length, meta.total_uncompressed_size, meta.total_compressed_size]).toEqual([0, 0n, 0n])
  })
})

test('each group of a column starts afresh', () => {
  const { push, group, column } = given()
  const fill = () => {
    for (let row = 0; row < 100; row++) push(row % 10 === 0 ? null : `value ${row % 3}`)
    return group()
  }
  const first = fill()
  expect(column.heldBytes).toBe(0)
  for (let row = 0; row < 100; row++) push(`other ${row}`)
  group()
  expect(fill()).toEqual(first)
})

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text))

/** Text that cannot be compressed to less than half, always the same for a seed. */
function random(seed: number, length: number): string {
  let text = ''
  for (let block = 0; text.length < length; block++)
    text += createHash('sha512').update(`${seed} ${block}`).digest('hex')
  return text.slice(0, length)
}

function given() {
  const column = new ColumnWriter(columnType(givenColumn('c', 'text'), '+00:00'), new ByteWriter())
  return {
    column,
    push(text: string | null) {
      const bytes = Buffer.from(text ?? '')
      if (text === null) column.pushNull()
      else column.push(sourceOf(bytes), 0, bytes.length, () => 'row 1, column c')
    },
    group() {
      column.endPage()
      const output = new Output(0, 0)
      const { meta_data: meta, file_offset } = column.endGroup(OFFSET, output)
      expect(file_offset).toBe(BigInt(OFFSET))
      return { meta: meta!, bytes: Buffer.from(output.written) }
    },
  }
}
