/** Downloads a file, and checks that it is complete. */
import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Carryout } from '@carryout/client'
import { count } from '../terminal/format.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { exit } from './exit.ts'

interface Options {
  /** A file or a folder; by default the file's own name in the current folder. */
  output: string | undefined
  json: boolean | undefined
}

/** @returns the exit code */
export async function save(carryout: Carryout, id: string, options: Options, terminal: Terminal): Promise<number> {
  const { file, body } = await carryout.open(id)
  const path = await pathFor(options.output, file.name)
  const partial = `${path}.part`
  try {
    await pipeline(body, createWriteStream(partial, { flags: 'w' }))
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw unwritable(error, path)
  }
  if (options.json) terminal.print(JSON.stringify({ path, ...file }, null, 2))
  else terminal.print(`${path} (${count(file.rows)} rows, ${count(file.bytes)} bytes, CRC-32 ${file.crc32} checked)`)
  return exit.DONE
}

async function pathFor(output: string | undefined, name: string): Promise<string> {
  const path = resolve(output ?? '.')
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ? join(path, name.replaceAll(/[/\\]/g, '_')) : path
}

function unwritable(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (
    syscall === undefined ||
    code === undefined ||
    !['ENOENT', 'EACCES', 'EROFS', 'ENOTDIR', 'ENOSPC', 'EISDIR'].includes(code)
  )
    return error
  return new UsageError(`${path} cannot be written (${code}). Choose another path with --output.`, { cause: error })
}
