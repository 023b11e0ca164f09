/** A store in one folder on this machine, for exports without a cloud. */
import { createHash } from 'node:crypto'
import { globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { combineCrc32 } from '../engine/stores/crc32.ts'
import type { Store, StoredObject, Upload } from '../engine/stores/store.ts'
import { crcToHex } from '../statemachine/crc-hex.ts'

export function fileStore(folder: string): Store {
  const known = new Map<string, StoredObject>()
  const pathOf = (key: string) => join(folder, key)
  const keep = (key: string, stored: StoredObject) => {
    known.set(key, stored)
    return stored
  }
  const list = (prefix: string) =>
    [...known].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    bucket: folder,
    head: async (key) => known.get(key) ?? null,
    async put(key, bytes, sum) {
      mkdirSync(dirname(pathOf(key)), { recursive: true })
      writeFileSync(pathOf(key), bytes)
      return keep(key, { etag: etagOf(key, sum), bytes: bytes.length, crc32: crcToHex(sum) })
    },
    async read(key, etag, from, to) {
      if (known.get(key)?.etag !== etag) return null
      return readFileSync(pathOf(key)).subarray(from, to)
    },
    async startUpload(key) {
      mkdirSync(dirname(pathOf(key)), { recursive: true })
      const file = await open(`${pathOf(key)}.upload`, 'w')
      return new FileUpload(file, pathOf(key), (whole) =>
        keep(key, { etag: etagOf(key, whole.crc32), bytes: whole.bytes, crc32: crcToHex(whole.crc32) }),
      )
    },
    // An upload cannot outlive the process that began it.
    resumeUpload: async () => null,
    list: async (prefix) => list(prefix).map(([key, { etag, bytes }]) => ({ key, etag, bytes })),
    async discard(prefix) {
      for (const [key] of list(prefix)) {
        rmSync(pathOf(key), { force: true })
        known.delete(key)
      }
    },
    async abortUploads(prefix) {
      for (const path of globSync(`${pathOf(prefix)}*.upload`)) rmSync(path, { force: true })
    },
  }
}

function etagOf(key: string, sum: number): string {
  return createHash('md5').update(`${key}:${sum}`).digest('hex')
}

/** Parts must come in order, each beginning where the previous one ends. */
class FileUpload implements Upload {
  readonly id: string
  readonly parts = new Map<number, number>()
  readonly #file: FileHandle
  readonly #path: string
  readonly #done: (whole: { bytes: number; crc32: number }) => StoredObject
  #bytes = 0
  #crc32 = 0

  constructor(file: FileHandle, path: string, done: (whole: { bytes: number; crc32: number }) => StoredObject) {
    this.id = path
    this.#file = file
    this.#path = path
    this.#done = done
  }

  async part(number: number, bytes: Uint8Array, sum: number): Promise<void> {
    const at = this.#bytes
    this.#bytes += bytes.length
    this.#crc32 = combineCrc32(this.#crc32, sum, bytes.length)
    await this.#file.write(bytes, 0, bytes.length, at)
    this.parts.set(number, bytes.length)
  }

  async copy(): Promise<boolean> {
    // There is one chunk, so nothing is composed.
    return false
  }

  async complete(whole: { bytes: number; crc32: number }): Promise<StoredObject | null> {
    await this.#file.close()
    if (this.#bytes !== whole.bytes || this.#crc32 !== whole.crc32) return null
    renameSync(`${this.#path}.upload`, this.#path)
    return this.#done(whole)
  }

  async abort(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    rmSync(`${this.#path}.upload`, { force: true })
  }
}
