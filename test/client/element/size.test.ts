/** What a page loads for the button and the list. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundleElement } from '../../../pack/element.ts'

const MOST_BYTES = 7_000

let folder: string
let path: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-element-'))
  path = join(folder, 'index.mjs')
  bundleElement(path)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('the element, the list, both languages and the stores stay under the size that docs/web-app.md tells', () => {
  const code = readFileSync(path)
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(MOST_BYTES)
  expect(code.toString()).not.toMatch(/\bfrom\s*["']|\bimport\s*[("']/)
})

test('importing it without a document, as server-side rendering does, defines nothing and does not fail', async () => {
  const { createDownload, CarryoutDownload } = await import(pathToFileURL(path).href)
  expect(typeof createDownload).toBe('function')
  expect(typeof CarryoutDownload).toBe('function')
})
