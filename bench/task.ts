/** A side's input, as JSON in its first argument, and its outcome, which it prints as its last line. */
import { existsSync, readFileSync } from 'node:fs'
import { S3Client } from '@aws-sdk/client-s3'
import type { ConnectionOptions } from 'mysql2'
import { CREDENTIALS } from '../local/src/identity.ts'
import type { Access } from './table.ts'

/** `tls`, as deployed, is TLS to the database and HTTPS to S3. */
export type Transport = 'tls' | 'plain'

export interface Task {
  access: Access
  endpoint: string
  bucket: string
  key: string
  /** Number of rows to export; a side that delivers another number has failed. */
  rows: number
  /** The query that returns these rows in order. */
  query: string
  /** Directory in which a side may write files; it must remove them. */
  directory: string
  /** PEM file of the authority of the endpoint's certificate; absent in plain text. */
  authorityFile?: string
  /** Presigned URL to which a side that cannot sign requests uploads its file. */
  uploadUrl?: string
  /** Options of Carryout's sides. */
  options?: CarryoutOptions
}

export interface CarryoutOptions {
  format?: 'csv' | 'tsv' | 'jsonl' | 'xlsx' | 'parquet'
  compression?: 'none' | 'gzip' | 'zstd' | 'zip'
  /** How the file is uploaded; `parts` by default. */
  upload?: 'parts' | 'stream'
  /** Whether a `row` function masks the e-mail address. */
  row?: boolean
  /** Number of ranges. If there is more than one, each is exported by a separate process. */
  ranges?: number
}

export interface Outcome {
  rows: number
  seconds: number
  bytes?: number
  peakRssMB?: number
  /** Garbage collections of the old generation. */
  largeCollections?: number
  /** Processor time of the side's process, including its start; null if the system does not report it. */
  cpuSeconds?: number | null
}

const STATUS = '/proc/self/status'
const [accessKeyId, secretAccessKey] = [...CREDENTIALS][0]!

export function readTask(): Task {
  return JSON.parse(process.argv[2] ?? '') as Task
}

/** Connection options for mysql2. */
export function connectionOptions({ tls, ...access }: Access): ConnectionOptions {
  return { ...access, ...(tls && { ssl: { ca: tls.ca, minVersion: 'TLSv1.2', verifyIdentity: true } }) }
}

export function s3Client({ endpoint }: Pick<Task, 'endpoint'>): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    // Otherwise a presigned URL would contain the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    credentials: { accessKeyId, secretAccessKey },
  })
}

/** Prints the outcome of a side that is a Node script. */
export function report(outcome: Outcome): void {
  console.log(JSON.stringify({ peakRssMB: peakRssMB(), ...outcome }))
}

/**
 * Peak memory of this program. `maxRSS` can include the peak of the process that started it, see getrusage(2) and execve(2).
 */
function peakRssMB(): number {
  const fromLinux = existsSync(STATUS) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'latin1'))
  const kilobytes = fromLinux ? Number(fromLinux[1]) : process.resourceUsage().maxRSS
  return Math.round(kilobytes / 1024)
}
