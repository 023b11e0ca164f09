/** Programs that tests need in addition to Node. They may be missing on a laptop, but in CI a missing program is a failure. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** @returns `test` if the program is on the PATH or in CI, otherwise `test.skip` */
export function testWith(program: string): typeof test {
  return isOnPath(program) || process.env.CI ? test : test.skip
}

function isOnPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
