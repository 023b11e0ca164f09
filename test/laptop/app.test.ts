import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesizeApp } from '../../laptop/app.ts'
import { runInit } from '../../laptop/init.ts'

const ROOT = join(import.meta.dirname, '../..')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carryout-app-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a refusal of the construct has no stack trace, and the app’s own errors have theirs', async () => {
  const app = (code: string) => {
    writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: `${process.execPath} app.mjs` }))
    writeFileSync(join(folder, 'app.mjs'), code)
    return synthesizeApp(folder, { directory: join(folder, 'out') })
  }
  const refused = `import { catalogueFile } from ${JSON.stringify(join(ROOT, 'cdk/catalogue.ts'))}\ncatalogueFile('nowhere.ts', process.cwd())`
  await expect(app(refused)).rejects.toThrow(
    /^The app does not synthesize:\nThere is no catalogue nowhere\.ts in [^\n]+\n?[^\n]*$/,
  )
  await expect(app('throw new RangeError("seven")')).rejects.toThrow(/RangeError: seven\n {4}at [^\n]*app\.mjs/)
})

test('init says what it cannot write and why', async () => {
  const quiet = { print: () => undefined, note: () => undefined } as never
  writeFileSync(join(folder, 'exports'), '')
  const init = runInit({ folder, databaseUrl: undefined, table: undefined, version: '0.1.0' }, quiet)
  await expect(init).rejects.toThrow(`${join(folder, 'exports/orders.ts')} cannot be written (EEXIST).`)
})
