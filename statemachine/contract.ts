/**
 * The JSON document that flows through the state machine. Every step reads a part of it and adds a part. It is the only
 * store of an export's progress, so it can be read in any Step Functions console.
 */

import type { Compression, Encoding, Format, Language, Request } from './request.ts'
import type { Cancellation } from './table.ts'

export * from './request.ts'

/**
 * A position in the export's key order: the exact text of the last key that was written, and the type with which it
 * must be bound, because a BIGINT compared with a string would be compared as a double.
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
  /** When the query returned its first row; null if it returned none. */
  firstRowAt: string | null
  finishedAt: string
}

/** A column of the file, as the manifest describes it. */
export interface FileColumn {
  name: string
  heading: string
  /** The type of its values according to the database: `integer`, `decimal`, `text`, … */
  type: string
}

/**
 * What stopped a step. It suffices for the e-mail, for `Halt` to throw the original error, and for `Resume` to return
 * to the step.
 */
export interface Failure {
  /** The state that failed. */
  step: 'Prepare' | 'PlanRanges' | 'Export' | 'ExportChunk' | 'Finish' | 'Notify'
  /** The error's name, as Retry and Catch match it. */
  error: string
  /** AWS's cause: JSON for a Lambda error, otherwise a sentence. */
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
  /** The last key that was written; null before the first chunk. */
  cursor: Cursor | null
  done: boolean
  /**
   * How many chunks were written. The bucket has their list, which `finish` checks against this number and the counts
   * below.
   */
  chunks: number
  /** Rows of all chunks. */
  rows: number
  bytes: number
  /** CRC-32 of all chunks in sequence; `00000000` before the first. */
  crc32: string
  /** When the range returned its first row, ISO 8601, UTC; null while there is none. */
  firstRowAt: string | null
  /** The newest chunk; null before the first. */
  last: Chunk | null
  /** Which data the chunks saw: `snapshot` while all come from one transaction or statement. */
  consistency: 'snapshot' | 'chunks'
  /** The RDS Data API's transaction that all chunks share, if that is the source. */
  transactionId?: string
  /** The optimizer's estimate (EXPLAIN), once it was asked; null if it has none. */
  estimatedRows?: number | null
  /** The file's columns; set on the first range once its first chunk is written. */
  columns?: FileColumn[]
  /** How often the server gave warnings that are not losses, by its error number; undefined if it gave none. */
  warnings?: Record<string, number>
  /** Set when a chunk failed permanently; the other ranges continue. A redrive runs the range again from its cursor. */
  failure?: Failure
}

/** What `prepare` decided, so that every later step and every replay does the same. */
export interface Plan {
  title: string
  /** The name under which the browser saves the file, in any script. */
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
  /** More rows are an error (`TooManyRows`): the export's limit, or the format's; null if there is neither. */
  maxRows: number | null
  /**
   * The optimizer's estimate (EXPLAIN) for all ranges; null until `PlanRanges`, and if there is none. Correctness never
   * depends on it.
   */
  estimatedRows: number | null
  /** ISO 8601, UTC. */
  preparedAt: string
  /**
   * Digest of the deployed code of the catalogue and its functions; undefined if an older Carryout prepared the
   * request.
   */
  catalogue?: string
}

/** The progress of composing. The bucket knows which parts exist. */
export interface Composition {
  /** The id of S3's upload of the file. */
  uploadId: string
  /** How many parts exist, and how many there will be. */
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

/** A request that `Prepare` has accepted, with the fields of a schedule's message. */
export interface PreparedRequest extends Request {
  /** The schedule's name; undefined if a person made the request. */
  schedule?: string
  /** ISO 8601, UTC. */
  scheduledAt?: string
  /** Additional recipients of the mail that the file is ready. */
  alsoTo?: readonly string[]
}

/** The document after each step. */
export interface Prepared {
  request: PreparedRequest
  plan: Plan
  ranges: Range[]
}
/** Replaces the document if the request was cancelled while it waited; the execution then ends. */
export interface Cancelled {
  request: Request
  cancelled: Cancellation
}
/** A document whose file takes more than one invocation of `finish` to compose. */
export interface Composing extends Prepared {
  composing: Composition
}
export interface Finished extends Prepared {
  file: File
}
/** The document of `NotifyFailure` and `Halt`: as much as existed when the step failed. */
export interface Failed extends Partial<Finished> {
  /** As it came from the queue; it may not be a valid request. */
  request: PreparedRequest
  failure: Failure
}

/** The JSON beside the file: what it is, where it came from, and how to check that it is complete. */
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
