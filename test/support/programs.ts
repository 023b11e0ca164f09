/** Programs that a test needs beside Node. A laptop may lack them; in CI a test that cannot run is a failure. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** `test` where the program is on the PATH and in CI, else `test.skip`. */
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
