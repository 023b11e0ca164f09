import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const MODULE = join(import.meta.dirname, '../../cdk/temporary-folder.ts')

test('temporary folders and what is in them are deleted when the process ends', () => {
  const script = `
    import { existsSync, writeFileSync } from 'node:fs'
    import { temporaryFolder } from ${JSON.stringify(MODULE)}
    const folders = [temporaryFolder(), temporaryFolder()]
    for (const folder of folders) writeFileSync(folder + '/index.mjs', '')
    console.log(JSON.stringify(folders.map((folder) => [folder, existsSync(folder)])))`
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  const folders = JSON.parse(output) as [string, boolean][]
  expect(folders.map(([, existed]) => existed)).toEqual([true, true])
  expect(folders.map(([folder]) => existsSync(folder))).toEqual([false, false])
})
