/** Size of the scripts that a page loads for the button and the list. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundleElement } from '../../../pack/element.ts'

const MOST_BUTTON_BYTES = 5_000
const MOST_BYTES = 7_000

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-element-'))
  bundleElement(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (name: string) => readFileSync(join(folder, name))
const sizeOf = (name: string) => gzipSync(read(name), { level: 9 }).length

test('the button with its store is below 5 kB gzipped, and imports the Japanese texts alone', () => {
  expect(readdirSync(folder).filter((name) => name.endsWith('.js'))).toEqual(['button.js', 'index.js', 'ja.js'])
  expect(sizeOf('button.js')).toBeLessThan(MOST_BUTTON_BYTES)
  expect(
    read('button.js')
      .toString()
      .match(/\bimport\s*[("'].*?[)]|\bfrom\s*["']/g),
  ).toEqual(['import("./ja.js")'])
})

test('the button, the list, both languages and the stores stay under the size stated in docs/element.md', () => {
  expect(sizeOf('index.js')).toBeLessThan(MOST_BYTES)
  expect(read('index.js').toString()).not.toMatch(/\bfrom\s*["']|\bimport\s*[("']/)
})

test.each(['index', 'button'])(
  'importing %s without a document, as server-side rendering does, does not fail',
  async (name) => {
    // Under another ending Node takes it for a module wherever it lies.
    const { createDownload, CarryoutDownload } = await import(pathToFileURL(join(folder, `${name}.js`)).href)
    expect(typeof createDownload).toBe('function')
    expect(typeof CarryoutDownload).toBe('function')
  },
)
