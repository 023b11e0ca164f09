import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { synthesizeApp } from '../../laptop/app.ts'
import { writeFiles } from '../../laptop/init/write-files.ts'
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

const printed: string[] = []
const terminal = { print: (line: string) => void printed.push(line), note: () => undefined } as never
const init = (where = folder) => {
  printed.length = 0
  return runInit({ folder: where, databaseUrl: undefined, table: undefined, version: '0.1.0' }, terminal)
}

describe('init', () => {
  test('writes nothing if one of its files cannot be written, and says why', async () => {
    writeFileSync(join(folder, 'exports'), '')
    await expect(init()).rejects.toThrow(
      `${join(folder, 'exports/orders.ts')} cannot be written (ENOTDIR). Run this in a folder that you can write to. No file was written.`,
    )
    expect(readdirSync(folder)).toEqual(['exports'])
  })

  test('says which files it wrote before one failed', () => {
    const files = [
      ['a', ''],
      ['b', ''],
      ['b/c', ''],
    ] as const
    expect(() => writeFiles(folder, files)).toThrow(
      /b\/c cannot be written \(E\w+\)\..* These files were written before: a, b\./,
    )
  })

  test('never writes through a link that leads nowhere', async () => {
    symlinkSync(join(folder, 'nowhere'), join(folder, 'app.mts'))
    await init()
    expect(existsSync(join(folder, 'nowhere'))).toBe(false)
    expect(printed.join('\n')).toContain('left unchanged:\n  app.mts\n')
  })

  test('makes no second app in a folder of an app', async () => {
    writeFileSync(join(folder, 'cdk.json'), '{}')
    mkdirSync(join(folder, 'lib/deep'), { recursive: true })
    await expect(init(join(folder, 'lib/deep'))).rejects.toThrow(
      `This folder belongs to the app in ${folder}, which has the cdk.json. Run init there; nothing was written.`,
    )
    expect(readdirSync(join(folder, 'lib/deep'))).toEqual([])
  })

  test.each([
    ['another export’s name begins with its own', 'defineCatalogue([orders2, myorders, orders_old, $orders])', true],
    ['its name is only in comments and texts', "import { a } from './orders.js' // orders\n/* orders */", true],
    ['it is listed', 'defineCatalogue([customers, orders])', false],
  ])('says that the export is missing in the catalogue: %s', async (_, catalogue, isMissing) => {
    mkdirSync(join(folder, 'exports'))
    writeFileSync(join(folder, 'exports/index.ts'), catalogue)
    await init()
    expect(printed.some((line) => line.startsWith('Add orders of exports/orders.ts'))).toBe(isMissing)
  })
})

test('a folder without an app is refused before the synthesis is announced', async () => {
  const said: string[] = []
  const synthesis = synthesizeApp(folder, { directory: join(folder, 'out'), onProgress: (line) => said.push(line) })
  await expect(synthesis).rejects.toThrow(`There is no ${join(folder, 'cdk.json')}.`)
  expect(said).toEqual([])
})
