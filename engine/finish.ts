import { isDeepStrictEqual } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import type { Chunk, File, Finished, Manifest, Prepared, Range } from '../statemachine/contract.ts'
import { FileIncomplete } from '../statemachine/errors.ts'
import { contentDisposition } from './plan/file-name.ts'
import { refuseTooMany } from './plan/limits.ts'
import { chunkKey, chunksPrefix, MANIFEST_SUFFIX } from './stores/chunk-key.ts'
import { type ComposePart, planParts } from './stores/compose.ts'
import { combineCrc32, crc32, crcFromHex, crcToHex } from './stores/crc32.ts'
import type { Store, StoredObject, Upload } from './stores/store.ts'

export interface FinishOptions {
  store: Store
  now?: () => Date
}

const COPIES_AT_ONCE = 4

/** What the whole must be, from what was counted while its chunks were written. */
interface Whole {
  rows: number
  bytes: number
  crc32: number
}

/**
 * Composes the chunks into the file, verifies it, writes the manifest and deletes the chunks. It can be run again after
 * dying anywhere: a file that is whole already is not composed again.
 *
 * @throws FileIncomplete saying what differs, and then nothing is announced; TooManyRows
 */
export async function finish(prepared: Prepared, { store, now = () => new Date() }: FinishOptions): Promise<Finished> {
  const { plan, ranges } = prepared
  const unfinished = ranges.find((range) => !range.done)
  if (unfinished) throw new FileIncomplete(`Range ${unfinished.index} of ${ranges.length} is not exported to its end`)
  expectInOrder(prepared)
  const chunks = ranges.flatMap((range) => range.chunks)
  if (chunks.length === 0) throw new FileIncomplete('There is no chunk to make a file of')
  const whole = sum(chunks)
  // Of several ranges no one knew the sum.
  refuseTooMany(prepared.request.export, plan, whole.rows)
  await verifyOrCompose(prepared, chunks, whole, store)
  const file: File = {
    bucket: store.bucket,
    key: plan.key,
    name: plan.fileName,
    rows: whole.rows,
    bytes: whole.bytes,
    crc32: crcToHex(whole.crc32),
    consistency: consistencyOf(ranges),
    manifestKey: `${plan.key}${MANIFEST_SUFFIX}`,
  }
  const finished: Finished = { ...prepared, file }
  const manifest = Buffer.from(`${JSON.stringify(manifestOf(finished, chunks, now()), null, 2)}\n`)
  await store.put(file.manifestKey, manifest, crc32(manifest), { contentType: 'application/json' })
  // Those of an earlier try that was cut otherwise, too.
  await store.discard(chunksPrefix(prepared.request))
  return finished
}

/** The sums are taken from the list of chunks; so none of it may be missing, there twice or in another's place. */
function expectInOrder(prepared: Prepared): void {
  const { ranges } = prepared
  for (const [index, range] of ranges.entries()) {
    const before = index === 0 ? null : ranges[index - 1]!.upTo
    if (range.index !== index || !isDeepStrictEqual(range.after, before))
      throw new FileIncomplete(
        `Range ${range.index} is where range ${index} should be, or does not go on behind the one before`,
      )
    for (const [number, { key }] of range.chunks.entries()) {
      const expected = chunkKey(prepared, range, number)
      if (key !== expected) throw new FileIncomplete(`The chunk ${key} is where ${expected} should be`)
    }
  }
  if (ranges.at(-1)!.upTo !== null) throw new FileIncomplete('The range of the last rows is missing')
}

async function verifyOrCompose(
  { plan }: Prepared,
  chunks: readonly Chunk[],
  whole: Whole,
  store: Store,
): Promise<void> {
  const there = await store.head(plan.key)
  const only = chunks.length === 1 && chunks[0]!.key === plan.key ? chunks[0]! : null
  if (only) {
    if (!there) throw new FileIncomplete(`The file ${plan.key} is gone`)
    if (there.etag !== only.etag)
      throw new FileIncomplete(
        `The file ${plan.key} is not the one that was written: its ETag is ${there.etag}, not ${only.etag}`,
      )
    expectWhole(there, whole, plan.key)
    return
  }
  // Composed before, by a run that died after it.
  if (there && isWhole(there, whole)) return
  const composed = await compose(
    plan.key,
    { contentType: plan.contentType, contentDisposition: contentDisposition(plan.fileName) },
    chunks,
    whole,
    store,
  )
  expectWhole(composed, whole, plan.key)
  const stored = await store.head(plan.key)
  if (!stored) throw new FileIncomplete(`The file ${plan.key} is gone`)
  expectWhole(stored, whole, plan.key)
}

async function compose(
  key: string,
  headers: { contentType: string; contentDisposition: string },
  chunks: readonly Chunk[],
  whole: Whole,
  store: Store,
): Promise<StoredObject> {
  const parts = planParts(chunks.map((chunk) => chunk.bytes))
  if (!parts) throw new FileIncomplete(`${chunks.length} chunks need more parts than an object can have`)
  // Nothing but empty chunks, as of a format without a heading line: there is no part to make an object of.
  if (parts.length === 0) return store.put(key, new Uint8Array(), 0, headers)
  const upload = await store.startUpload(key, headers)
  try {
    const waiting = parts.map((part, index) => ({ part, number: index + 1 }))
    const work = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        await addPart(next.number, next.part, chunks, upload, store)
    }
    const workers = await Promise.allSettled(Array.from({ length: COPIES_AT_ONCE }, work))
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason
    const stored = await upload.complete(whole)
    if (!stored)
      throw new FileIncomplete(
        `The chunks of ${key} do not make ${whole.bytes} bytes with CRC-32 ${crcToHex(whole.crc32)}`,
      )
    return stored
  } catch (error) {
    await upload.abort()
    throw error
  }
}

async function addPart(
  number: number,
  part: ComposePart,
  chunks: readonly Chunk[],
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
  for (const { chunk: index, from, to } of part.pieces) {
    const chunk = chunks[index]!
    const bytes = await store.read(chunk.key, chunk.etag, from, to)
    if (bytes?.length !== to - from) throw changed(chunk)
    if (from === 0 && to === chunk.bytes && crcToHex(crc32(bytes)) !== chunk.crc32) throw changed(chunk)
    pieces.push(bytes)
  }
  const bytes = Buffer.concat(pieces)
  await upload.part(number, bytes, crc32(bytes))
}

function changed(chunk: Chunk): FileIncomplete {
  return new FileIncomplete(
    `The chunk ${chunk.key} is gone, or is not what was written (ETag ${chunk.etag}, ${chunk.bytes} bytes)`,
  )
}

function sum(chunks: readonly Chunk[]): Whole {
  const whole = { rows: 0, bytes: 0, crc32: 0 }
  for (const chunk of chunks) {
    whole.rows += chunk.rows
    whole.bytes += chunk.bytes
    whole.crc32 = combineCrc32(whole.crc32, crcFromHex(chunk.crc32), chunk.bytes)
  }
  return whole
}

function isWhole(stored: StoredObject, whole: Whole): boolean {
  return stored.bytes === whole.bytes && stored.crc32 === crcToHex(whole.crc32)
}

function expectWhole(stored: StoredObject, whole: Whole, key: string): void {
  if (isWhole(stored, whole)) return
  throw new FileIncomplete(
    `The file ${key} has ${stored.bytes} bytes with CRC-32 ${stored.crc32 ?? '(none)'}; written were ${whole.bytes} with ${crcToHex(whole.crc32)}`,
  )
}

/** One snapshot: a single range read at once, or ranges that share a transaction. */
function consistencyOf(ranges: readonly Range[]): Range['consistency'] {
  const transactions = new Set(ranges.map((range) => range.transactionId))
  const shared = ranges.length === 1 || (transactions.size === 1 && !transactions.has(undefined))
  return shared && ranges.every((range) => range.consistency === 'snapshot') ? 'snapshot' : 'chunks'
}

function manifestOf({ request, plan, ranges, file }: Finished, chunks: readonly Chunk[], finishedAt: Date): Manifest {
  const { contentType, encoding, compression, format } = plan
  return {
    request,
    file: { ...file, contentType, encoding, compression, format },
    columns: ranges[0]?.columns ?? [],
    chunks: chunks.map(({ key: _key, etag: _etag, ...chunk }) => chunk),
    timings: {
      preparedAt: plan.preparedAt,
      firstRowAt: chunks.find((chunk) => chunk.firstRowAt !== null)?.firstRowAt ?? null,
      finishedAt: finishedAt.toISOString(),
    },
    carryout: { version: packageJson.version },
  }
}
