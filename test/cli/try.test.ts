/** `carryout try` with a catalogue that cannot be loaded; test/laptop/developer.test.ts has what it does with others. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inProcess } from './command.ts'

const original = { folder: process.cwd(), url: process.env.DATABASE_URL }
const app = mkdtempSync(join(tmpdir(), 'carryout-try-'))
beforeAll(() => {
  mkdirSync(join(app, 'exports'))
  process.chdir(app)
  // The catalogue is loaded before anything connects to the database.
  process.env.DATABASE_URL = 'mysql://user:password@127.0.0.1:1/shop'
})
afterAll(() => {
  process.chdir(original.folder)
  if (original.url === undefined) delete process.env.DATABASE_URL
  else process.env.DATABASE_URL = original.url
  rmSync(app, { recursive: true, force: true })
})

test.each([
  [
    'has a syntax error',
    'export const catalogue = [1,, 2)',
    'The catalogue exports/index.ts does not compile:\n  exports/index.ts:1:32: Expected "]" but found ")"',
  ],
  [
    'imports a module that does not exist',
    "import { orders } from './order.ts'\nexport const catalogue = [orders]",
    'The catalogue exports/index.ts does not compile:\n  exports/index.ts:1:24: Could not resolve "./order.ts". Correct the path.',
  ],
  [
    'imports a package that is not installed',
    "import { tax } from '@shop/money/tax'\nexport const catalogue = [tax]",
    'The catalogue exports/index.ts does not compile:\n  exports/index.ts:1:21: Could not resolve "@shop/money/tax". ' +
      'Install the package with npm install @shop/money, or correct the import.',
  ],
  [
    'throws',
    "interface Tenant { id: string }\n\nthrow new RangeError('The tenant is unknown') as unknown as Tenant",
    'The catalogue exports/index.ts cannot be read: RangeError: The tenant is unknown (exports/index.ts:3:7)',
  ],
  [
    'ends the process',
    'process.exit(0)',
    'The catalogue exports/index.ts cannot be read: it ended the process itself, with the exit code 0 (exports/index.ts:1:9). ' +
      'Remove that: a catalogue only defines exports.',
  ],
  [
    'exports no catalogue',
    'export const orders = 1',
    'exports/index.ts does not export a catalogue. Add: export const catalogue = defineCatalogue([…]), from the package carryout.',
  ],
])('a catalogue that %s is refused in a sentence that says where, and leaves no files', async (_, code, sentence) => {
  writeFileSync(join(app, 'exports/index.ts'), code)
  expect(await inProcess(['try', 'orders'])).toEqual({ code: 1, stdout: '', stderr: `carryout: ${sentence}\n` })
  expect(readdirSync(app)).toEqual(['exports'])
})
