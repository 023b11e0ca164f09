/** `npm run pack`: stages the packages under `dist/`, and with `--pack-destination <folder>` writes their tarballs. */
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { readFlagsOrExit } from '../terminal/script.ts'
import { stageAll } from './stage.ts'

const HELP = 'Usage: npm run pack [-- --pack-destination <folder>]'

const { values } = readFlagsOrExit(HELP, { 'pack-destination': { type: 'string' } })
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
