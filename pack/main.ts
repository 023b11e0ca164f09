/** `npm run pack`: stages the packages under `dist/`, and with `--pack-destination <folder>` writes their tarballs. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stageAll } from './stage.ts'

const { values } = parseArgs({ options: { 'pack-destination': { type: 'string' } } })
const destination = values['pack-destination']
const folders = stageAll()
if (destination === undefined) {
  for (const folder of folders) console.log(folder)
} else {
  mkdirSync(destination, { recursive: true })
  for (const cwd of folders) {
    const tarball = execFileSync('npm', ['pack', '--silent', '--pack-destination', resolve(destination)], {
      cwd,
      encoding: 'utf8',
    })
    console.log(resolve(destination, tarball.trim()))
  }
}
