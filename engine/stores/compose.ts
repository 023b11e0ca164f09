/** Composes chunks into the file inside the store until the deadline; the next invocation continues. */
import type { Composition } from '../../statemachine/contract.ts'
import { crcToHex } from '../../statemachine/crc-hex.ts'
import { FileIncomplete } from '../../statemachine/errors.ts'
import { crc32 } from './crc32.ts'
import { type ComposePart, lengthOf, planParts } from './part-plan.ts'
import { copyBytes, MAX_PARTS, MIN_PART_BYTES } from './part-size.ts'
import type { ListedObject, ObjectHeaders, Store, StoredObject, Upload } from './store.ts'

/** S3 copies by itself, so a copy only waits for a response. */
const COPIES_AT_ONCE = 32
/** Each merge holds some 10 MiB in memory. */
const MERGES_AT_ONCE = 4
const READS_AT_ONCE = 16

export interface ComposeOptions {
  store: Store
  /** Epoch milliseconds after which no further part is started, once one is done. */
  deadline: number
  /** The progress that the last invocation returned. */
  composing: Composition | undefined
}

/**
 * @param whole what the file must be
 * @returns the file, or the progress at the deadline
 * @throws FileIncomplete if a chunk is gone or has changed, or the whole file has another length or CRC-32
 */
export async function compose(
  key: string,
  headers: ObjectHeaders,
  chunks: readonly ListedObject[],
  whole: { bytes: number; crc32: number },
  { store, deadline, composing }: ComposeOptions,
): Promise<StoredObject | Composition> {
  const limits = { minBytes: MIN_PART_BYTES, maxBytes: copyBytes(whole.bytes), maxParts: MAX_PARTS }
  const parts = planParts(
    chunks.map(({ bytes }) => bytes),
    limits,
  )
  if (!parts) throw new FileIncomplete(`${chunks.length} chunks need more parts than an object can have`)
  // All chunks are empty, as with a format without a heading line, so there is no part to make an object of.
  if (parts.length === 0) return store.put(key, new Uint8Array(), 0, headers)
  const resumed = composing && (await store.resumeUpload(key, composing.uploadId))
  const upload = resumed ?? (await store.startUpload(key, headers))
  try {
    await addParts(parts, chunks, upload, { store, deadline })
    const done = parts.filter((part, index) => isThere(part, index, upload)).length
    if (done < parts.length || Date.now() >= deadline) return { uploadId: upload.id, done, parts: parts.length }
    const stored = await upload.complete(whole)
    if (!stored)
      throw new FileIncomplete(
        `The chunks of ${key} do not make ${whole.bytes} bytes with CRC-32 ${crcToHex(whole.crc32)}`,
      )
    return stored
  } catch (error) {
    // An upload that the document records is kept, so that the next attempt can continue it.
    if (!resumed || error instanceof FileIncomplete) await upload.abort()
    throw error
  }
}

function isThere(part: ComposePart, index: number, { parts }: Upload): boolean {
  return parts.get(index + 1) === lengthOf(part)
}

/** @throws the first error, after all requests have ended */
async function addParts(
  parts: readonly ComposePart[],
  chunks: readonly ListedObject[],
  upload: Upload,
  { store, deadline }: { store: Store; deadline: number },
): Promise<void> {
  const missing = parts
    .map((part, index) => ({ part, number: index + 1 }))
    .filter(({ part, number }) => !isThere(part, number - 1, upload))
  let failed = false
  const work = async (queue: typeof missing) => {
    for (let next = queue.shift(); next && !failed; next = Date.now() < deadline ? queue.shift() : undefined) {
      await addPart(next.number, next.part, chunks, upload, store).catch((error) => {
        failed = true
        throw error
      })
    }
  }
  const copies = missing.filter(({ part }) => part.how === 'copy')
  const merges = missing.filter(({ part }) => part.how === 'merge')
  const workers = await Promise.allSettled([
    ...Array.from({ length: COPIES_AT_ONCE }, () => work(copies)),
    ...Array.from({ length: MERGES_AT_ONCE }, () => work(merges)),
  ])
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
}

async function addPart(
  number: number,
  part: ComposePart,
  chunks: readonly ListedObject[],
  upload: Upload,
  store: Store,
): Promise<void> {
  if (part.how === 'copy') {
    const { chunk: index, from, to } = part.piece
    const { key, etag, bytes } = chunks[index]!
    const copied = await upload.copy(number, { key, etag, from, to, whole: from === 0 && to === bytes })
    if (!copied) throw changed(chunks[index]!)
    return
  }
  const pieces: Uint8Array[] = []
  const waiting = [...part.pieces.entries()]
  const read = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [place, { chunk: index, from, to }] = next
      const chunk = chunks[index]!
      const bytes = await store.read(chunk.key, chunk.etag, from, to)
      if (bytes?.length !== to - from) throw changed(chunk)
      pieces[place] = bytes
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, read))
  const bytes = Buffer.concat(pieces)
  await upload.part(number, bytes, crc32(bytes))
}

function changed({ key, etag, bytes }: ListedObject): FileIncomplete {
  return new FileIncomplete(
    `The chunk ${key} is gone, or has changed since it was listed (ETag ${etag}, ${bytes} bytes)`,
  )
}
