/**
 * What flows through the state machine: one JSON document that every step takes a part of and adds a part to.
 * It is the only store of an export's progress, so it can be read in any Step Functions console.
 */

import type { Compression, Encoding, Format, Language, Request } from './request.ts'
import type { Cancellation } from './table.ts'

export * from './request.ts'

/**
 * A position in the export's key order: the exact text of the last key written and how it must be bound, since a
 * BIGINT compared with a string would be compared as a double.
 */
export interface Cursor {
  type: 'integer' | 'decimal' | 'text' | 'binary' | 'temporal'
  /** The key's exact text; base64 for `binary`. */
  value: string
}

/** What one invocation of `export-chunk` wrote: one S3 object with whole rows. */
export interface Chunk {
  key: string
  etag: string
  rows: number
  bytes: number
  /** CRC-32 of the object's bytes, eight lower-case hexadecimal digits. */
  crc32: string
  /** ISO 8601, UTC. */
  startedAt: string
  /** When the query gave its first row; null when it gave none. */
  firstRowAt: string | null
  finishedAt: string
}

/** A column of the file, as the manifest tells it. */
export interface FileColumn {
  name: string
  heading: string
  /** `integer`, `decimal`, `text`, …: what the database says it holds. */
  type: string
}

/** What stopped a step: enough for the e-mail, for `Halt` to throw the true error, and for `Resume` to go back. */
export interface Failure {
  /** The state that failed. */
  step: 'Prepare' | 'PlanRanges' | 'Export' | 'ExportChunk' | 'Finish' | 'Notify'
  /** The error's name, as Retry and Catch match it. */
  error: string
  /** AWS's cause: of a Lambda error its JSON, else a sentence. */
  cause: string
  /** The execution's redrive count when it failed; `Halt` compares it. */
  redriveCount: number
}

/** A slice of the export's key space, exported by one loop. */
export interface Range {
  index: number
  /** Exclusive; null is the start of the key space. */
  after: Cursor | null
  /** Inclusive; null is its end. */
  upTo: Cursor | null
  /** The last key written; null before the first chunk. */
  cursor: Cursor | null
  done: boolean
  /** How many chunks were written. Their list is the bucket’s; `finish` checks it against this and the counts below. */
  chunks: number
  /** Of all chunks together. */
  rows: number
  bytes: number
  /** Of all chunks, one after another; `00000000` before the first. */
  crc32: string
  /** ISO 8601, UTC: when the range gave its first row; null while it has given none. */
  firstRowAt: string | null
  /** The newest chunk; null before the first. */
  last: Chunk | null
  /** Which data the chunks saw: `snapshot` while all come from one transaction or statement. */
  consistency: 'snapshot' | 'chunks'
  /** The RDS Data API's transaction that all chunks share, where that is the source. */
  transactionId?: string
  /** The optimizer's guess (EXPLAIN), once somebody asked; null where it gave none. */
  estimatedRows?: number | null
  /** Of the first range, once its first chunk is there. */
  columns?: FileColumn[]
  /** How often the server warned of what is not a loss, by its error number; absent where it did not. */
  warnings?: Record<string, number>
  /** Set when a chunk failed for good; the other ranges go on. A redrive runs the range again from its cursor. */
  failure?: Failure
}

/** What `prepare` decided, so that every later step and every replay does the same. */
export interface Plan {
  title: string
  /** The name that the browser saves the file under, in any script. */
  fileName: string
  /** The file's key in the bucket. */
  key: string
  format: Format
  compression: Compression
  encoding: Encoding
  language: Language
  contentType: string
  /** How many ranges run at once; the Map's `MaxConcurrency`. */
  parallelism: number
  /** More rows are an error (`TooManyRows`): the export's limit, or the format's; null where there is none. */
  maxRows: number | null
  /** The optimizer's guess (EXPLAIN) of all ranges; null until `PlanRanges`, and where it gave none. Never for correctness. */
  estimatedRows: number | null
  /** ISO 8601, UTC. */
  preparedAt: string
  /** Of the code that the catalogue and its functions were deployed as; absent where an older Carryout prepared it. */
  catalogue?: string
}

/** How far composing is. Which parts are there the bucket itself knows. */
export interface Composition {
  /** S3’s upload of the file. */
  uploadId: string
  /** Parts that are there, and all that there will be. */
  done: number
  parts: number
}

/** The finished download. */
export interface File {
  bucket: string
  key: string
  name: string
  rows: number
  bytes: number
  crc32: string
  consistency: Range['consistency']
  manifestKey: string
}

/** A request that `Prepare` has taken, with what the message of a schedule stood for. */
export interface PreparedRequest extends Request {
  /** The schedule's name; absent where somebody made the request. */
  schedule?: string
  /** ISO 8601, UTC. */
  scheduledAt?: string
  /** Who gets the mail that the file is ready besides the requester. */
  alsoTo?: readonly string[]
}

/** The document after each step. */
export interface Prepared {
  request: PreparedRequest
  plan: Plan
  ranges: Range[]
}
/** In its place where the request was cancelled while it waited: the execution ends. */
export interface Cancelled {
  request: Request
  cancelled: Cancellation
}
/** A file that is being composed, for longer than one invocation of `finish` has. */
export interface Composing extends Prepared {
  composing: Composition
}
export interface Finished extends Prepared {
  file: File
}
/** What `NotifyFailure` and `Halt` see: as much of the document as existed when the step failed. */
export interface Failed extends Partial<Finished> {
  /** As it came from the queue: it may not be a request at all. */
  request: PreparedRequest
  failure: Failure
}

/** The JSON beside the file: what it is, whence it came, and how to check that it is whole. */
export interface Manifest {
  request: Request
  file: File & { contentType: string; encoding: Encoding; compression: Compression; format: Format }
  columns: FileColumn[]
  /** In the order of their rows. */
  ranges: Pick<Range, 'chunks' | 'rows' | 'bytes' | 'crc32'>[]
  /** How often the database warned, by its error number. A warning of a lost or changed value fails the export instead. */
  warnings: Record<string, number>
  timings: { preparedAt: string; firstRowAt: string | null; finishedAt: string }
  carryout: { version: string }
}
