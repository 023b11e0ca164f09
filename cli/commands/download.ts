import { createWriteStream } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { defineCommand, UsageError } from '../command.ts'
import { connect } from '../connect.ts'
import { exit } from '../exit.ts'
import { count } from '../format.ts'

export const download = defineCommand({
  name: 'download',
  argument: '<id>',
  summary: 'fetch the file, and check that it is whole',
  options: {
    output: { type: 'string', value: '<path>', help: 'a file or a folder (default: the file’s own name, here)' },
  },
  examples: ['npx carryout download 20261130-210005123-9f3ac2e17b04 --output orders.csv'],
  async run({ argument, values, terminal }) {
    const carryout = await connect(values)
    const { file, body } = await carryout.open(argument!)
    const path = await pathFor(values.output, file.name)
    const partial = `${path}.part`
    try {
      await pipeline(body, createWriteStream(partial, { flags: 'w' }))
      await rename(partial, path)
    } catch (error) {
      await rm(partial, { force: true })
      throw unwritable(error, path)
    }
    if (values.json) terminal.print(JSON.stringify({ path, ...file }, null, 2))
    else terminal.print(`${path} (${count(file.rows)} rows, ${count(file.bytes)} bytes, CRC-32 ${file.crc32} checked)`)
    return exit.DONE
  },
})

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
  return new UsageError(`${path} cannot be written (${code}). Name another place with --output.`, { cause: error })
}
