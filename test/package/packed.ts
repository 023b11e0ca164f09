import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')

/** Packs what is published into a folder. @returns the tarballs, the command's last */
export async function pack(directory: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'pack/main.ts'), '--pack-destination', directory],
    { cwd: ROOT, maxBuffer: 16 * 1024 * 1024 },
  )
  return stdout.trim().split('\n')
}
