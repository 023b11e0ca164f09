import { zstdDecompressSync } from 'node:zlib'
import { Pages } from '../../../../engine/formats/parquet/pages.ts'

const HEADER = { type: 'DICTIONARY_PAGE', dictionary_page_header: { num_values: 1, encoding: 'PLAIN' } } as const
const PAGE = Buffer.from('the bytes of a page, '.repeat(50))

test('pages follow one another, each compressed after its header, and are counted with and without compression', () => {
  const pages = new Pages()
  pages.add(PAGE, HEADER)
  const one = Buffer.from(pages.written)
  const start = one.indexOf(Buffer.from('28b52ffd', 'hex'))
  expect(start).toBeGreaterThan(0)
  expect(zstdDecompressSync(one.subarray(start)).equals(PAGE)).toBe(true)
  expect([pages.length, pages.plainBytes]).toEqual([one.length, start + PAGE.length])
  pages.add(PAGE, HEADER)
  expect(Buffer.concat([one, one]).equals(pages.written)).toBe(true)
  expect([pages.length, pages.plainBytes]).toEqual([2 * one.length, 2 * (start + PAGE.length)])
})

test('pages can be cleared, and others take their place', () => {
  const pages = new Pages()
  pages.add(PAGE, HEADER)
  const [one, plainBytes] = [Buffer.from(pages.written), pages.plainBytes]
  pages.clear()
  expect([pages.length, pages.plainBytes]).toEqual([0, 0])
  pages.add(PAGE, HEADER)
  expect(one.equals(pages.written)).toBe(true)
  expect(pages.plainBytes).toBe(plainBytes)
})
