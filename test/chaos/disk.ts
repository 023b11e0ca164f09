/** Mounts a small disk that can be filled on a directory: a tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export interface SmallDisk {
  /** Fills the disk completely. */
  fill(): void
  empty(): void
  close(): void
}

const STEP = Buffer.alloc(1024 * 1024)

/** @returns undefined if this user may not mount */
export function mountSmallDisk(directory: string, { megabytes }: { megabytes: number }): SmallDisk | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'carryout-chaos', directory], {
      stdio: 'ignore',
    })
  } catch {
    return undefined
  }
  const ballast = join(directory, 'ballast')
  return {
    fill() {
      const file = openSync(ballast, 'a')
      try {
        for (let step = STEP; ; ) {
          const written = writeSome(file, step)
          if (written < step.length) step = step.subarray(0, step.length >> 1)
          if (step.length === 0) return
        }
      } finally {
        closeSync(file)
      }
    },
    empty: () => rmSync(ballast, { force: true }),
    // The unmount is lazy, because a killed process may still be ending.
    close: () => void execFileSync('umount', ['--lazy', directory]),
  }
}

function writeSome(file: number, bytes: Buffer): number {
  try {
    return writeSync(file, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0
    throw error
  }
}
