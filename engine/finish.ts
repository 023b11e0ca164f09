import { isDeepStrictEqual } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import type { Composing, Composition, File, Finished, Manifest, Prepared, Range } from '../statemachine/contract.ts'
import { crcFromHex, crcToHex } from '../statemachine/crc-hex.ts'
import { FileIncomplete } from '../statemachine/errors.ts'
import { contentDisposition } from './plan/file-name.ts'
import { refuseTooMany } from './plan/limits.ts'
import { addCounts } from './rows/counts.ts'
import { chunksPrefix, filesPrefix, isOnly, MANIFEST_SUFFIX } from './stores/chunk-key.ts'
import { listChunks } from './stores/chunk-list.ts'
import { compose } from './stores/compose.ts'
import { combineCrc32, crc32 } from './stores/crc32.ts'
import type { Store, StoredObject } from './stores/store.ts'

export interface FinishOptions {
  store: Store
  /**
   * Epoch milliseconds after which no further part is copied; the next invocation continues. No deadline by default.
   */
  deadline?: number
  now?: () => Date
}

/** What the complete file must be, summed from what was counted while its chunks were written. */
interface Whole {
  rows: number
  bytes: number
  crc32: number
}

/**
 * Composes the chunks into the file, verifies it, writes the manifest and deletes the chunks. It may be run again after
 * it died at any point: a complete file is not composed again.
 *
 * @returns the document with the file; or, at the deadline, with the progress of composing, to be passed to the next
 * call
 * @throws FileIncomplete saying what differs, in which case nothing is announced; TooManyRows
 */
export async function finish(
  document: Prepared | Composing,
  options: FinishOptions & { deadline?: undefined },
): Promise<Finished>
export async function finish(document: Prepared | Composing, options: FinishOptions): Promise<Finished | Composing>
export async function finish(
  document: Prepared | Composing,
  { store, deadline = Number.POSITIVE_INFINITY, now = () => new Date() }: FinishOptions,
): Promise<Finished | Composing> {
  const { composing, ...prepared } = { composing: undefined, ...document }
  const { request, plan, ranges } = prepared
  expectAllDone(ranges)
  const whole = sum(ranges)
  // With several ranges, the sum is known only now.
  refuseTooMany(request.export, plan, whole.rows)
  const left = await verifyOrCompose(prepared, whole, { store, deadline, composing })
  if (left) return { ...prepared, composing: left }
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
  const manifest = Buffer.from(`${JSON.stringify(manifestOf(finished, now()), null, 2)}\n`)
  await store.put(file.manifestKey, manifest, crc32(manifest), { contentType: 'application/json' })
  // This also deletes chunks of an earlier attempt that was cut differently, and uploads that killed invocations had
  // begun.
  await Promise.all([store.discard(chunksPrefix(request)), store.abortUploads(filesPrefix(request))])
  return finished
}

/** The sums come from the ranges, so no range may be missing, duplicated or out of place. */
function expectAllDone(ranges: readonly Range[]): void {
  const unfinished = ranges.find((range) => !range.done)
  if (unfinished) throw new FileIncomplete(`Range ${unfinished.index} of ${ranges.length} is not complete`)
  for (const [index, range] of ranges.entries()) {
    const before = index === 0 ? null : ranges[index - 1]!.upTo
    if (range.index !== index || !isDeepStrictEqual(range.after, before))
      throw new FileIncomplete(
        `Range ${range.index} is where range ${index} should be, or it does not begin where the previous one ends`,
      )
  }
  if (ranges.at(-1)?.upTo !== null) throw new FileIncomplete('The range of the last rows is missing')
  if (ranges[0]!.chunks === 0) throw new FileIncomplete('The export has no chunks to compose a file from')
}

/** @returns null once the file is complete; otherwise the progress */
async function verifyOrCompose(
  prepared: Prepared,
  whole: Whole,
  options: { store: Store; deadline: number; composing: Composition | undefined },
): Promise<Composition | null> {
  const { plan, ranges } = prepared
  const { store } = options
  const there = await store.head(plan.key)
  // The file is complete, either as it was written or as composed by a run that died afterwards.
  if (there && isWhole(there, whole)) return null
  const [only] = ranges
  if (only && isOnly(only) && only.chunks === 1) throw changedFile(there, only, whole, plan.key)
  try {
    const headers = { contentType: plan.contentType, contentDisposition: contentDisposition(plan.fileName) }
    const composed = await compose(plan.key, headers, await listChunks(prepared, store), whole, options)
    if ('uploadId' in composed) return composed
  } catch (error) {
    // Another invocation, presumed dead, may have made the file and deleted the chunks in the meantime.
    const stored = error instanceof FileIncomplete ? await store.head(plan.key) : null
    if (stored && isWhole(stored, whole)) return null
    throw error
  }
  const stored = await store.head(plan.key)
  if (!stored) throw new FileIncomplete(`The file ${plan.key} is gone`)
  expectWhole(stored, whole, plan.key)
  return null
}

function changedFile(there: StoredObject | null, { last }: Range, whole: Whole, key: string): FileIncomplete {
  if (!there) return new FileIncomplete(`The file ${key} is gone`)
  if (there.etag === last?.etag) return unlike(there, whole, key)
  return new FileIncomplete(
    `The file ${key} was replaced after it was written: its ETag is ${there.etag}, expected ${last?.etag}`,
  )
}

function sum(ranges: readonly Range[]): Whole {
  const whole = { rows: 0, bytes: 0, crc32: 0 }
  for (const range of ranges) {
    whole.rows += range.rows
    whole.bytes += range.bytes
    whole.crc32 = combineCrc32(whole.crc32, crcFromHex(range.crc32), range.bytes)
  }
  return whole
}

function isWhole(stored: StoredObject, whole: Whole): boolean {
  return stored.bytes === whole.bytes && stored.crc32 === crcToHex(whole.crc32)
}

function expectWhole(stored: StoredObject, whole: Whole, key: string): void {
  if (!isWhole(stored, whole)) throw unlike(stored, whole, key)
}

function unlike(stored: StoredObject, whole: Whole, key: string): FileIncomplete {
  return new FileIncomplete(
    `The file ${key} has ${stored.bytes} bytes with CRC-32 ${stored.crc32 ?? '(none)'}; expected ${whole.bytes} bytes with CRC-32 ${crcToHex(whole.crc32)}`,
  )
}

/** `snapshot` for a single range read in one statement, or for ranges that share a transaction. */
function consistencyOf(ranges: readonly Range[]): Range['consistency'] {
  const transactions = new Set(ranges.map((range) => range.transactionId))
  const shared = ranges.length === 1 || (transactions.size === 1 && !transactions.has(undefined))
  return shared && ranges.every((range) => range.consistency === 'snapshot') ? 'snapshot' : 'chunks'
}

function manifestOf({ request, plan, ranges, file }: Finished, finishedAt: Date): Manifest {
  const { contentType, encoding, compression, format } = plan
  return {
    request,
    file: { ...file, contentType, encoding, compression, format },
    columns: ranges[0]?.columns ?? [],
    ranges: ranges.map(({ chunks, rows, bytes, crc32 }) => ({ chunks, rows, bytes, crc32 })),
    warnings: ranges.reduce((sum, range) => addCounts(sum, range.warnings ?? {}), {}),
    timings: {
      preparedAt: plan.preparedAt,
      firstRowAt: ranges.find(({ firstRowAt }) => firstRowAt !== null)?.firstRowAt ?? null,
      finishedAt: finishedAt.toISOString(),
    },
    carryout: { version: packageJson.version },
  }
}
